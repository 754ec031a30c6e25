// Decodes what a render server sends: VP8 by WebCodecs, where there are any, or WebP pictures. What
// comes out is a VideoFrame or an ImageBitmap; either can be drawn and has to be closed.

/** Whether VP8 can be decoded here, picture by picture. */
export async function decodesVideo() {
  try {
    const { supported } = await VideoDecoder.isConfigSupported(VIDEO);
    return supported === true;
  } catch {
    return false; // no WebCodecs
  }
}

const VIDEO = { codec: "vp8", optimizeForLatency: true };
const MOST_WAITING = 4;

/**
 * @param {(number: number, picture: VideoFrame | ImageBitmap) => void} onPicture
 * @param {() => void} onFault  a picture could not be decoded; the next has to be whole
 */
export function createVideo(side, onPicture, onFault) {
  let decoder;
  let needsWhole = true;
  let closed = false;

  const fault = () => {
    if (closed) return;
    needsWhole = true;
    onFault();
  };

  function open() {
    decoder = new VideoDecoder({
      output(frame) {
        if (closed || frame.displayWidth !== side || frame.displayHeight !== side) {
          frame.close();
          fault();
        } else onPicture(frame.timestamp, frame);
      },
      error: fault,
    });
    decoder.configure(VIDEO);
  }

  return {
    decode(timestamp, data, whole) {
      if (closed) return;
      if (needsWhole && !whole) return; // a whole one has been asked for
      if (decoder?.decodeQueueSize > MOST_WAITING && !whole) {
        fault();
        return;
      }
      if (decoder?.state !== "configured") open();
      needsWhole = false;
      try {
        decoder.decode(new EncodedVideoChunk({ type: whole ? "key" : "delta", timestamp, data }));
      } catch {
        fault();
      }
    },

    close() {
      closed = true;
      if (decoder && decoder.state !== "closed") decoder.close();
    },
  };
}

/** The same for pictures of their own. */
export function createPictures(side, onPicture, onFault) {
  let closed = false;
  let waiting = 0;

  return {
    async decode(number, data) {
      if (closed || waiting > MOST_WAITING) return;
      waiting += 1;
      let bitmap;
      try {
        bitmap = await createImageBitmap(new Blob([data], { type: "image/webp" }));
      } catch {
        if (!closed) onFault();
        return;
      } finally {
        waiting -= 1;
      }
      if (closed || bitmap.width !== side || bitmap.height !== side) {
        bitmap.close();
        if (!closed) onFault();
      } else onPicture(number, bitmap);
    },

    close() {
      closed = true;
    },
  };
}
