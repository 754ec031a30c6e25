// Measures one voice on the audio thread and posts its features, 50 times a second.

import { VoiceFeatures } from "./formants.js";

class VoiceMeter extends AudioWorkletProcessor {
  constructor() {
    super();
    this.features = new VoiceFeatures(sampleRate);
    this.open = true;
    this.port.onmessage = () => (this.open = false);
  }

  process([[samples]]) {
    if (samples && this.features.push(samples)) this.port.postMessage(this.features.values);
    return this.open;
  }
}

registerProcessor("voice-meter", VoiceMeter);
