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

/**
 * Opens the preferred device, or another where that is not plugged in: better than none.
 *
 * @param {string} device  deviceId to prefer; empty: the system's choice
 * @param {(only: object) => Promise<MediaStreamTrack>} open  takes the constraint that names it
 */
export const openPreferred = (device, open) =>
  open(device ? { deviceId: { exact: device } } : {}).catch((error) => {
    if (device && error.name === "OverconstrainedError") return open({});
    throw error;
  });

async function openDevice(only) {
  const video = only.deviceId ? { ...VIDEO, facingMode: undefined, ...only } : VIDEO;
  const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video });
  return stream.getVideoTracks()[0];
}

/**
 * Resolves to {track} or {code, detail}; never rejects.
 * @param {string} device  deviceId to prefer; empty: the system's choice
 */
export const openCamera = (device) => opened("camera", () => openPreferred(device, openDevice));
