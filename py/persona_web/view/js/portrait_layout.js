// Made from persona_core/portrait/layout.py, which says how.
export const HEAD = 0;
export const REST = 3;
export const EYES = 6;
export const IRISES = 10;
export const MOUTH = 12;
export const WEIGHTS = 18;
export const FIXES = 42;
export const RIMS = 94;
export const EYE_RIM = 32;
export const MOUTH_RIM = 40;
export const VECTORS = 146;
