// Opening the microphone, and telling which there are.

import { opened } from "./camera.js";

const PROCESSING = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

async function openDevice(device) {
  const audio = device ? { ...PROCESSING, deviceId: { exact: device } } : PROCESSING;
  const stream = await navigator.mediaDevices.getUserMedia({ video: false, audio });
  return stream.getAudioTracks()[0];
}

/**
 * Resolves to {track} or {code, detail}; never rejects.
 * @param {string} device  deviceId to prefer; empty: the system's choice
 */
export const openMicrophone = (device) =>
  opened("microphone", () =>
    openDevice(device).catch((error) => {
      // The one preferred is not plugged in: another is better than none.
      if (device && error.name === "OverconstrainedError") return openDevice("");
      throw error;
    }),
  );

/** [id, label] of each microphone; labels are empty before the first was allowed. */
export async function microphones() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices
    .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId)
    .map(({ deviceId, label }) => [deviceId, label]);
}

/** Calls `changed` when a device is plugged in or out. */
export function watchDevices(changed) {
  navigator.mediaDevices?.addEventListener?.("devicechange", changed);
}
