// Plays a film to whoever asks for a camera, in browsers that have no switch for that.
// `film` is a data URL's base64 of a WebM file.
(film) => {
  const bytes = Uint8Array.from(atob(film), (letter) => letter.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type: "video/webm" }));
  const devices = navigator.mediaDevices;
  if (!devices) return; // no page that may have a camera
  const real = devices.getUserMedia.bind(devices);
  const player = async () => {
    const video = document.createElement("video");
    video.muted = video.loop = video.playsInline = true;
    video.src = address;
    await video.play();
    return video;
  };
  devices.getUserMedia = async (wanted) => {
    if (!wanted?.video) return real(wanted);
    const video = await player();
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    const context = canvas.getContext("2d");
    const stream = canvas.captureStream();
    const [track] = stream.getVideoTracks();
    const draw = () => {
      if (track.readyState === "ended") return video.pause();
      context.drawImage(video, 0, 0);
      video.requestVideoFrameCallback(draw);
    };
    draw();
    return stream;
  };
}
