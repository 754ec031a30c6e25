// One RTCPeerConnection with its two negotiated channels, as verbs and plain data.
//
// on(kind, a, b) hears: "negotiation-needed" | "local-description" kind sdp | "candidate" json
// | "state" connectionState | "open" | "frame" ArrayBuffer | "control" text | "drained" | "audio"
// MediaStreamTrack | "error" detail | "stuck" detail: no description came of it, or none was taken
//
// What a stranger sends and nobody here would read goes no further than this.

const PARAMS_ID = 0;
const CONTROL_ID = 1;
// A frame that would wait behind this many bytes is worth less than the next one.
const MAX_BUFFERED_FRAMES = 1024;
// With so little left to send, whoever has more to say is told.
const LOW_CONTROL_BYTES = 32_768;
// Voice and data go over one path, so that there is one to find and one to keep.
const BUNDLE = "max-bundle";

/** What came over all connections and was too long, or text where bytes belong and the reverse. */
export const refused = { frames: 0, controls: 0 };

/** Whether this browser has connections between pages; a policy or an extension may take them. */
export const isAvailable = () => typeof globalThis.RTCPeerConnection === "function";

const encoder = new TextEncoder();

/** Whether `text` takes more than `bytes.length` bytes of UTF-8, which `bytes` is there to try. */
const isLonger = (text, bytes) =>
  text.length > bytes.length ||
  (text.length * 3 > bytes.length && encoder.encodeInto(text, bytes).read < text.length);

/**
 * Throws what the platform throws.
 *
 * @param {RTCConfiguration} configuration
 * @param {{frame: number, control: number}} limits  bytes of the longest that is read
 * @param {(kind: string, a?: any, b?: any) => void} on
 */
export function createPeer(configuration, limits, on) {
  const connection = new RTCPeerConnection({ ...configuration, bundlePolicy: BUNDLE });
  let params, control;
  try {
    params = connection.createDataChannel("params", {
      negotiated: true,
      id: PARAMS_ID,
      ordered: false,
      maxRetransmits: 0,
    });
    control = connection.createDataChannel("control", { negotiated: true, id: CONTROL_ID });
  } catch (error) {
    connection.close();
    throw error;
  }
  params.binaryType = "arraybuffer";
  control.bufferedAmountLowThreshold = LOW_CONTROL_BYTES;
  let closed = false;
  let voice; // the RTCRtpTransceiver of both voices
  let own = null; // the MediaStreamTrack of ours

  const tell = (...event) => {
    if (!closed) on(...event);
  };
  const attempt = (work, kind = "error") =>
    work().catch((error) => tell(kind, `${error.name}: ${error.message}`));
  // Who offers makes room for both voices, and who answers takes that: where each makes its own,
  // two offers meet, and Chromium refuses Firefox's for numbering its header extensions otherwise.
  const takeOffered = async () => {
    const offered = connection.getTransceivers().find(({ mid, direction, receiver }) =>
      mid !== null && direction !== "stopped" && receiver.track.kind === "audio");
    if (!offered || offered === voice) return;
    voice?.stop(); // of an offer that gave way to theirs
    voice = offered;
    voice.direction = "sendrecv";
    await voice.sender.replaceTrack(own);
  };
  const describe = async () => {
    await connection.setLocalDescription();
    tell("local-description", connection.localDescription.type, connection.localDescription.sdp);
  };

  connection.onnegotiationneeded = () => tell("negotiation-needed");
  connection.onconnectionstatechange = () => tell("state", connection.connectionState);
  connection.ontrack = ({ track }) => track.kind === "audio" && tell("audio", track);
  connection.onicecandidate = ({ candidate }) => {
    if (candidate) tell("candidate", JSON.stringify(candidate));
  };
  params.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer && data.byteLength <= limits.frame) tell("frame", data);
    else refused.frames += 1;
  };
  const trial = new Uint8Array(limits.control);
  control.onmessage = ({ data }) => {
    if (typeof data === "string" && !isLonger(data, trial)) tell("control", data);
    else refused.controls += 1;
  };
  control.onbufferedamountlow = () => tell("drained");
  params.onopen = control.onopen = () => {
    if (params.readyState === "open" && control.readyState === "open") tell("open");
  };

  // The other side closed, or a channel broke: ICE would take seconds to notice.
  params.onclose = control.onclose = () => tell("state", "closed");

  return {
    makeOffer: () =>
      attempt(async () => {
        voice ??= connection.addTransceiver(own ?? "audio");
        await describe();
      }, "stuck"),
    accept(type, sdp) {
      // An answer that comes too late, to an offer that gave way, does no harm.
      const late = type === "answer" && connection.signalingState !== "have-local-offer";
      return attempt(async () => {
        await connection.setRemoteDescription({ type, sdp });
        if (type !== "offer") return;
        await takeOffered();
        await describe();
      }, late ? "error" : "stuck");
    },
    addCandidate: (json) => attempt(async () => connection.addIceCandidate(JSON.parse(json))),
    /** Fresh credentials over what `configuration` names by now. */
    restartIce: (configuration) =>
      attempt(async () => {
        connection.setConfiguration({ ...configuration, bundlePolicy: BUNDLE });
        connection.restartIce();
      }),
    /** Sends this voice; undefined: none. There is room for it from the first offer on. */
    setAudio: (track) =>
      attempt(async () => {
        own = track ?? null;
        await voice?.sender.replaceTrack(own);
      }),
    /** Sends the first `length` bytes of a scratch array that the caller uses again. */
    sendFrame(scratch, length) {
      if (params.readyState !== "open" || params.bufferedAmount > MAX_BUFFERED_FRAMES) return false;
      try {
        params.send(scratch.subarray(0, length));
      } catch {
        return false; // the platform may close a channel before it says so
      }
      return true;
    },
    sendControl(text) {
      if (control.readyState !== "open") return false;
      try {
        control.send(text);
      } catch {
        return false; // longer than the other side takes, or more than the platform queues
      }
      return true;
    },
    controlBacklog: () => (control.readyState === "open" ? control.bufferedAmount : 0),
    close() {
      closed = true;
      connection.close();
    },
  };
}
