// Opening the microphone, and telling which devices there are.

import { opened, openPreferred } from "./camera.js";

const PROCESSING = { echoCancellation: true, autoGainControl: true };

/**
 * Resolves to {track} or {code, detail}; never rejects.
 * @param {string} device  deviceId to prefer; empty: the system's choice
 * @param {boolean} noiseSuppression  whether the browser is to take noise away
 */
export const openMicrophone = (device, noiseSuppression) =>
  opened("microphone", () =>
    openPreferred(device, async (only) => {
      const audio = { ...PROCESSING, noiseSuppression, ...only };
      const stream = await navigator.mediaDevices.getUserMedia({ video: false, audio });
      return stream.getAudioTracks()[0];
    }),
  );

/** [kind, id, label] of each device; labels are empty before one of the kind was allowed. */
export async function devices() {
  const found = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return found
    .filter(({ deviceId }) => deviceId)
    .map(({ kind, deviceId, label }) => [kind, deviceId, label]);
}

/** Calls `changed` when a device is plugged in or out. */
export function watchDevices(changed) {
  navigator.mediaDevices?.addEventListener?.("devicechange", changed);
}
