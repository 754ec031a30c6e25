// The call in a small window that stays above all others: a window of its own where the browser
// has Document Picture-in-Picture, else a video of a canvas.

import { createComposition } from "./composition.js";

const SIDE = 640;
const FPS = 20;

/** Whether the browser has either. */
export const isSupported = () =>
  "documentPictureInPicture" in globalThis || Boolean(document.pictureInPictureEnabled);

/**
 * Opens it; the person must just have asked for it.
 *
 * @param {HTMLElement} stage
 * @param {string} label  what it is, for screen readers
 * @param {() => void} onClose  it was closed, by whomever; not called where `close` did it
 * @returns {Promise<{draw: () => void, close: () => void}>}
 */
export async function openPictureInPicture(stage, label, onClose) {
  return "documentPictureInPicture" in globalThis
    ? openWindow(stage, label, onClose)
    : openVideo(stage, label, onClose);
}

async function openWindow(stage, label, onClose) {
  const { width, height } = stage.getBoundingClientRect();
  const scale = 360 / Math.max(width, height, 1);
  const small = await documentPictureInPicture.requestWindow({
    width: Math.max(160, Math.round(width * scale)),
    height: Math.max(160, Math.round(height * scale)),
  });
  const page = small.document;
  page.title = label;
  page.documentElement.lang = document.documentElement.lang;
  // Not by a style sheet of text: our policy lets none in.
  page.body.style.cssText = "margin: 0; height: 100vh; overflow: hidden; background: #000";
  const canvas = page.createElement("canvas");
  canvas.style.cssText = "display: block; width: 100%; height: 100%; object-fit: contain";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  page.body.append(canvas);
  small.addEventListener("pagehide", onClose);
  return {
    draw: createComposition(stage, canvas, SIDE).draw,
    close() {
      small.removeEventListener("pagehide", onClose);
      small.close();
    },
  };
}

async function openVideo(stage, label, onClose) {
  const { draw, canvas } = createComposition(stage, document.createElement("canvas"), SIDE);
  draw();
  const stream = canvas.captureStream(FPS);
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.setAttribute("aria-label", label);
  video.srcObject = stream;
  const end = () => {
    video.removeEventListener("leavepictureinpicture", left);
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  const left = () => {
    end();
    onClose();
  };
  try {
    await video.play();
    await video.requestPictureInPicture();
  } catch (error) {
    end();
    throw error;
  }
  video.addEventListener("leavepictureinpicture", left);
  return {
    draw,
    close() {
      end();
      document.exitPictureInPicture().catch(() => {});
    },
  };
}
