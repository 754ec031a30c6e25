// The camera's picture in a <video>, and one frame of it as a photo.

const TYPE = "image/jpeg";
const QUALITY = 0.92;

/** Shows a video track in a <video>, `undefined` for none. */
export function showTrack(video, track) {
  video.srcObject = track ? new MediaStream([track]) : null;
  if (track) video.play().catch(() => {}); // it was taken away again, or plays by itself later
}

/** The frame shown now as a JPEG: a Uint8Array; `undefined` before there is one. */
export async function takePhoto(video) {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return undefined;
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await canvas.convertToBlob({ type: TYPE, quality: QUALITY });
  return new Uint8Array(await blob.arrayBuffer());
}
