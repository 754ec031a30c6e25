// What a mouth does, as far as a voice tells: loudness, and how open, round or spread the lips
// are. Pure arithmetic on samples; the worklet runs it, and tests do.
//
// Vowels differ by their first two formants (G. E. Peterson, H. L. Barney, "Control methods used
// in a study of the vowels", JASA 24, 1952): the first rises as the jaw opens (270 Hz for "heed",
// 730 for "hod"), the second falls as the lips round (2290 Hz for "heed", 870 for "who'd"). They
// are the lowest peaks of the spectrum of a linear predictor (J. Makhoul, "Linear prediction: a
// tutorial review", Proc. IEEE 63, 1975), made by the Levinson-Durbin recursion from the
// autocorrelation of a window. Hissing consonants have most of their energy above the formants:
// there the teeth are nearly closed.

const TARGET_RATE = 11_000; // formants up to 4 kHz need no more
const HOP_S = 0.02;
const WINDOW_S = 0.03;
const ORDER = 12; // two for each formant below 5.5 kHz, and two for the slope
const PRE_EMPHASIS = 0.97;
const TAPS = 32; // a power of two, for the ring of samples
const GRID_HZ = 25;
const HIGHEST_HZ = 3_200;
const PROMINENCE = 1.6; // 2 dB

const QUIET_DB = -52;
const LOUD_DB = -16;
const HISS = [0.5, 1.2]; // mean square of the differences of samples over that of the samples

const ramp = (value, from, to) => Math.min(1, Math.max(0, (value - from) / (to - from)));

/** A low-pass for decimation by `factor`: a windowed sinc with its edge a little below. */
function lowPass(factor) {
  const taps = new Float32Array(TAPS);
  const edge = 0.45 / factor;
  let sum = 0;
  for (let n = 0; n < TAPS; n++) {
    const t = n - (TAPS - 1) / 2;
    const sinc = t === 0 ? 2 * edge : Math.sin(2 * Math.PI * edge * t) / (Math.PI * t);
    taps[n] = sinc * (0.54 - 0.46 * Math.cos((2 * Math.PI * n) / (TAPS - 1)));
    sum += taps[n];
  }
  return taps.map((tap) => tap / sum);
}

/** The predictor's coefficients a[1..ORDER] of x[n] = sum a[k] x[n-k]; undefined for silence. */
function predictor(samples) {
  const r = new Float64Array(ORDER + 1);
  for (let lag = 0; lag <= ORDER; lag++) {
    for (let n = lag; n < samples.length; n++) r[lag] += samples[n] * samples[n - lag];
  }
  if (!(r[0] > 1e-9)) return undefined;
  let error = r[0] * (1 + 1e-6);
  let a = new Float64Array(ORDER + 1);
  for (let i = 1; i <= ORDER; i++) {
    let k = r[i];
    for (let j = 1; j < i; j++) k -= a[j] * r[i - j];
    k /= error;
    const next = a.slice();
    next[i] = k;
    for (let j = 1; j < i; j++) next[j] = a[j] - k * a[i - j];
    a = next;
    error *= 1 - k * k;
    if (!(error > 0)) return undefined;
  }
  return a;
}

/**
 * Frequencies in Hz at which the predictor's spectrum has its peaks, from the lowest. A ripple
 * that hardly rises over the dip after it, and that before, is none.
 */
function peaks(a, rate) {
  const power = [];
  for (let hz = 0; hz <= HIGHEST_HZ + GRID_HZ; hz += GRID_HZ) {
    let re = 1;
    let im = 0;
    for (let k = 1; k <= ORDER; k++) {
      const phase = (2 * Math.PI * hz * k) / rate;
      re -= a[k] * Math.cos(phase);
      im += a[k] * Math.sin(phase);
    }
    power.push(1 / (re * re + im * im));
  }
  const found = [];
  let dip = 0; // where the spectrum was lowest since the peak before
  for (let i = 1; i + 1 < power.length; i++) {
    if (power[i] < power[dip]) dip = i;
    if (!(power[i] > power[i - 1] && power[i] >= power[i + 1])) continue;
    let after = i;
    while (after + 1 < power.length && power[after + 1] < power[after]) after++;
    if (power[i] > PROMINENCE * power[after] && power[i] > PROMINENCE * power[dip]) {
      found.push(i * GRID_HZ);
      dip = i;
    }
  }
  return found;
}

/** First and second formant in Hz; undefined where there are none to be told apart. */
export function formants(samples, rate) {
  const a = predictor(samples);
  if (!a) return undefined;
  const [first, second] = peaks(a, rate).filter((hz) => hz >= 180);
  if (first === undefined || first > 1_100) return undefined;
  return { first, second: second ?? first + 600 };
}

/** The features of one voice, from its samples as they come. */
export class VoiceFeatures {
  /** @param {number} rate samples a second */
  constructor(rate) {
    this.factor = Math.max(1, Math.floor(rate / TARGET_RATE));
    this.rate = rate / this.factor;
    this.taps = lowPass(this.factor);
    this.ring = new Float32Array(TAPS);
    this.end = 0;
    this.phase = 0;
    this.window = new Float32Array(Math.round(WINDOW_S * this.rate));
    this.filled = 0;
    this.hop = Math.round(HOP_S * this.rate);
    this.energy = 0;
    this.change = 0;
    this.last = 0;
    this.count = 0;
    /** level, open, round, spread: each in [0, 1]. */
    this.values = new Float32Array(4);
  }

  /** Takes samples; true when the values are new. */
  push(samples) {
    let renewed = false;
    for (const sample of samples) {
      this.energy += sample * sample;
      this.change += (sample - this.last) ** 2;
      this.last = sample;
      this.count++;
      this.ring[this.end++ & (TAPS - 1)] = sample;
      if (++this.phase < this.factor) continue;
      this.phase = 0;
      let filtered = 0;
      for (let n = 0; n < TAPS; n++) {
        filtered += this.taps[n] * this.ring[(this.end + n) & (TAPS - 1)];
      }
      this.window[this.filled++] = filtered;
      if (this.filled < this.window.length) continue;
      this.#measure();
      this.window.copyWithin(0, this.hop);
      this.filled -= this.hop;
      renewed = true;
    }
    return renewed;
  }

  #measure() {
    const mean = this.energy / this.count;
    const hiss = this.energy > 0 ? ramp(this.change / this.energy, ...HISS) : 0;
    this.energy = this.change = this.count = 0;
    const level = ramp(10 * Math.log10(mean + 1e-12), QUIET_DB, LOUD_DB);
    this.values[0] = level;
    if (level === 0) {
      this.values.fill(0);
      return;
    }
    const found = formants(this.#shaped(), this.rate);
    // A voice whose formants cannot be told (a hum, a whisper) opens the mouth half way.
    const { first, second } = found ?? { first: 520, second: 1_400 };
    const open = ramp(first, 280, 750);
    this.values[1] = open * (1 - 0.85 * hiss);
    this.values[2] = ramp(second, 1_250, 800) * (1 - 0.6 * open) * (1 - hiss);
    this.values[3] = Math.max(ramp(second, 1_500, 2_200), 0.6 * hiss);
  }

  #shaped() {
    const shaped = new Float32Array(this.window.length);
    for (let n = 1; n < shaped.length; n++) {
      const hamming = 0.54 - 0.46 * Math.cos((2 * Math.PI * n) / (shaped.length - 1));
      shaped[n] = hamming * (this.window[n] - PRE_EMPHASIS * this.window[n - 1]);
    }
    return shaped;
  }
}
