// Opening the camera, and what microphones are opened by, too: the platform's error names turned into
// our codes.

const WORDS = {
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotReadableError: "busy",
  AbortError: "busy",
};

/**
 * Resolves to {track} or {code, detail}; never rejects.
 *
 * @param {"camera" | "microphone"} device  what the code begins with
 * @param {() => Promise<MediaStreamTrack>} open
 */
export async function opened(device, open) {
  if (!navigator.mediaDevices?.getUserMedia) {
    return { code: `${device}-insecure`, detail: "no navigator.mediaDevices: not a secure context" };
  }
  try {
    return { track: await open() };
  } catch (error) {
    const word = WORDS[error.name] ?? "failed";
    return { code: `${device}-${word}`, detail: `${error.name}: ${error.message}` };
  }
}

const VIDEO = {
  facingMode: "user",
  width: { ideal: 640 },
  height: { ideal: 480 },
  frameRate: { ideal: 30 },
};

/** Resolves to {track} or {code, detail}; never rejects. */
export const openCamera = () =>
  opened("camera", async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: VIDEO });
    return stream.getVideoTracks()[0];
  });
