// Measures one voice on the audio thread and posts its features, 50 times a second while there are
// any.

import { VoiceFeatures } from "./formants.js";

class VoiceMeter extends AudioWorkletProcessor {
  constructor() {
    super();
    this.features = new VoiceFeatures(sampleRate);
    this.open = true;
    this.wasHeard = false;
    this.port.onmessage = () => (this.open = false);
  }

  process([[samples]]) {
    if (samples && this.features.push(samples)) {
      const { values } = this.features;
      const isHeard = values[0] > 0;
      if (isHeard || this.wasHeard) this.port.postMessage(values); // each wakes the page up
      this.wasHeard = isHeard;
    }
    return this.open;
  }
}

registerProcessor("voice-meter", VoiceMeter);
