// A metronome that goes on in hidden tabs, where the page's own timers are throttled.
// In: {interval} starts (0 stops). Out: an empty message a beat.
let timer = 0;
self.onmessage = ({ data }) => {
  clearInterval(timer);
  if (data.interval > 0) timer = setInterval(() => self.postMessage(0), data.interval);
};
