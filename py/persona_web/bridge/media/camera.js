// Opening and closing the camera, with the platform's error names turned into our codes.

const CODES = {
  NotFoundError: "camera-missing",
  OverconstrainedError: "camera-missing",
  NotAllowedError: "camera-refused",
  SecurityError: "camera-refused",
  NotReadableError: "camera-busy",
  AbortError: "camera-busy",
};

/** Resolves to {track} or {code, detail}; never rejects. */
export async function openCamera() {
  if (!navigator.mediaDevices?.getUserMedia) {
    return { code: "camera-insecure", detail: "no navigator.mediaDevices: not a secure context" };
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: {
        facingMode: "user",
        width: { ideal: 640 },
        height: { ideal: 480 },
        frameRate: { ideal: 30 },
      },
    });
    return { track: stream.getVideoTracks()[0] };
  } catch (error) {
    return { code: CODES[error.name] ?? "camera-failed", detail: `${error.name}: ${error.message}` };
  }
}
