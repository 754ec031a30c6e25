// One RTCPeerConnection with its two negotiated channels, as verbs and plain data.
//
// on(kind, a, b) hears: "negotiation-needed" | "local-description" kind sdp | "candidate" json
// | "state" connectionState | "open" | "frame" ArrayBuffer | "control" text | "error" detail

const PARAMS_ID = 0;
const CONTROL_ID = 1;
// A frame that would wait behind this many bytes is worth less than the next one.
const MAX_BUFFERED_FRAMES = 1024;

/**
 * @param {RTCConfiguration} configuration
 * @param {(kind: string, a?: any, b?: any) => void} on
 */
export function createPeer(configuration, on) {
  const connection = new RTCPeerConnection(configuration);
  const params = connection.createDataChannel("params", {
    negotiated: true,
    id: PARAMS_ID,
    ordered: false,
    maxRetransmits: 0,
  });
  const control = connection.createDataChannel("control", { negotiated: true, id: CONTROL_ID });
  params.binaryType = "arraybuffer";
  let closed = false;

  const tell = (...event) => {
    if (!closed) on(...event);
  };
  const attempt = (work) => work().catch((error) => tell("error", `${error.name}: ${error.message}`));
  const describe = async () => {
    await connection.setLocalDescription();
    tell("local-description", connection.localDescription.type, connection.localDescription.sdp);
  };

  connection.onnegotiationneeded = () => tell("negotiation-needed");
  connection.onconnectionstatechange = () => tell("state", connection.connectionState);
  connection.onicecandidate = ({ candidate }) => {
    if (candidate) tell("candidate", JSON.stringify(candidate));
  };
  params.onmessage = ({ data }) => tell("frame", data);
  control.onmessage = ({ data }) => tell("control", data);
  params.onopen = control.onopen = () => {
    if (params.readyState === "open" && control.readyState === "open") tell("open");
  };

  // The other side closed, or a channel broke: ICE would take seconds to notice.
  params.onclose = control.onclose = () => tell("state", "closed");

  return {
    makeOffer: () => attempt(describe),
    accept: (type, sdp) =>
      attempt(async () => {
        await connection.setRemoteDescription({ type, sdp });
        if (type === "offer") await describe();
      }),
    addCandidate: (json) => attempt(async () => connection.addIceCandidate(JSON.parse(json))),
    restartIce: () => connection.restartIce(),
    /** Sends the first `length` bytes of a scratch array that the caller uses again. */
    sendFrame(scratch, length) {
      if (params.readyState !== "open" || params.bufferedAmount > MAX_BUFFERED_FRAMES) return false;
      params.send(scratch.subarray(0, length));
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
    close() {
      closed = true;
      connection.close();
    },
  };
}
