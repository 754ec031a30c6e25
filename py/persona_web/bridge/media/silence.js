// How long a worker has owed an answer, in beats of the page: a page that was busy or asleep counts
// one beat for all that it missed, and what its worker said meanwhile is heard before the next.

const BEAT_MS = 500;

/** @param {(ms: number) => void} onBeat  hears every beat for how long there has been none */
export function createSilence(onBeat) {
  let timer;
  let beats = 0;

  function end() {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    /** Something is awaited from now on; nothing changes while something was already. */
    begin() {
      if (timer !== undefined) return;
      beats = 0;
      timer = setInterval(() => {
        beats += 1;
        onBeat(beats * BEAT_MS);
      }, BEAT_MS);
    },
    end,
  };
}
