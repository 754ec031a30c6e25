// Made from persona_core/portrait/layout.py, which says how.
export const HEAD = 0;
export const REST = 3;
export const EYES = 6;
export const IRISES = 10;
export const MOUTH = 12;
export const SHARES = 18;
export const GAZES = 26;
export const WEIGHTS = 32;
export const FIXES = 56;
export const RIMS = 108;
export const EYE_RIM = 32;
export const MOUTH_RIM = 40;
export const VECTORS = 160;
