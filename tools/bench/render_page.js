// A page's end of a render server's socket, for measuring: sends frames at a rate, decodes what
// comes, draws it, and tells how long each picture took from its frame's sending.

const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const HEAD = 12;

/**
 * @param {object} job  `url`, `open` (the request's text), `portrait` and `frames` (base64), `fps`
 *   at which frames are sent, `format`, `side`
 * @returns {Promise<{shown: number[], decoded: number[]}>} ms to each picture, and of it decoding
 */
export async function watch({ url, open, portrait, frames, fps, format, side }) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const sent = new Map(), came = new Map(), shown = [], decoded = [];
  let number = 0;

  function show(image, key) {
    context.drawImage(image, 0, 0);
    image.close();
    const now = performance.now();
    shown.push(now - sent.get(key));
    decoded.push(now - came.get(key));
  }

  const decoder = format === "webp" ? undefined : new VideoDecoder({
    output: (frame) => show(frame, frame.timestamp),
    error: (error) => socket.close(4000, String(error)),
  });
  decoder?.configure({ codec: format, optimizeForLatency: true });

  async function take(data) {
    const view = new DataView(data);
    const key = view.getUint16(2, true); // the frame's sequence number
    came.set(key, performance.now());
    socket.send(new Uint8Array([2, 0, view.getUint8(8), view.getUint8(9)])); // seen
    const picture = new Uint8Array(data, HEAD);
    if (decoder) {
      const type = view.getUint8(1) & 1 ? "key" : "delta";
      decoder.decode(new EncodedVideoChunk({ type, timestamp: key, data: picture }));
    } else show(await createImageBitmap(new Blob([picture], { type: "image/webp" })), key);
  }

  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error("no connection"));
  });
  socket.send(open);
  socket.send(bytes(portrait));
  const answer = await new Promise((resolve) => (socket.onmessage = ({ data }) => resolve(data)));
  if (JSON.parse(answer).type !== "ready") throw new Error(answer);
  const ended = new Promise((_, reject) => (socket.onclose = ({ reason }) => reject(new Error(reason))));
  socket.onmessage = ({ data }) => take(data);
  const begun = performance.now();
  const sending = (async () => {
    while (number < frames.length) {
      const frame = bytes(frames[number]);
      sent.set(new DataView(frame.buffer).getUint16(1, true), performance.now());
      socket.send(frame);
      number += 1;
      const due = begun + (1000 * number) / fps;
      await new Promise((resolve) => setTimeout(resolve, Math.max(due - performance.now(), 0)));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  })();
  await Promise.race([sending, ended]);
  socket.onclose = null;
  socket.close();
  return { shown, decoded };
}
