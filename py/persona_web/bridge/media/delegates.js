// Which of MediaPipe's delegates reads a face more cheaply on this machine: both look at the same
// pictures for a while.

const LOOKS_BEFORE = 30; // with a face in them: a trial costs twice, and the page is starting yet
const WARMING = 3; // a delegate's first looks pay for what is made then
const PICTURES = 12;
const GAIN = 0.75; // of the processor's time, at most: less is not worth a graphics card's waking
const APART = 0.05; // mean difference of blendshapes that nobody sees; some drivers compute wrongly

const medianOf = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

function differenceOf(one, other, [from, to]) {
  if (!other[0]) return Infinity;
  let sum = 0;
  for (let at = from; at < to; at++) sum += Math.abs(one[at] - other[at]);
  return sum / (to - from);
}

/**
 * A reader that begins on the CPU, tries the GPU beside it and goes on by the better one.
 *
 * @param {(delegate: "CPU" | "GPU") => Promise<{look: Function, close: Function}>} make
 *   `look(bitmap, stamp)` gives numbers that begin with how many faces were found
 * @param {[number, number]} shapes  where the blendshapes begin and end in them
 * @param {(delegate: "CPU" | "GPU") => void} onChosen  called once
 * @param {() => number} [now]  ms
 */
export async function createTrial(make, shapes, onChosen, now = () => performance.now()) {
  const readers = { CPU: await make("CPU") };
  const costs = { CPU: [], GPU: [] };
  const apart = [];
  let chosen; // undefined while nobody knows
  let waiting = LOOKS_BEFORE;
  let warming = WARMING;
  let turns = 0;

  function choose(delegate) {
    chosen = delegate;
    onChosen(delegate);
    try {
      readers[delegate === "CPU" ? "GPU" : "CPU"]?.close();
    } catch {
      // Whoever lost their graphics card have nothing to give back.
    }
  }

  async function begin() {
    try {
      readers.GPU = await make("GPU");
    } catch {
      choose("CPU");
    }
  }

  function compare(cost, seen) {
    if (!seen.CPU[0] || warming-- > 0) return;
    costs.CPU.push(cost.CPU);
    costs.GPU.push(cost.GPU);
    apart.push(differenceOf(seen.CPU, seen.GPU, shapes));
    if (apart.length < PICTURES) return;
    const isCheaper = medianOf(costs.GPU) <= GAIN * medianOf(costs.CPU);
    choose(isCheaper && medianOf(apart) <= APART ? "GPU" : "CPU");
  }

  return {
    look(bitmap, stamp) {
      if (chosen || !readers.GPU) {
        const values = readers[chosen ?? "CPU"].look(bitmap, stamp);
        if (values[0] && --waiting === 0) begin();
        return values;
      }
      const cost = {}, seen = {};
      try {
        // In turns, for neither to find the caches warm each time.
        for (const delegate of turns++ % 2 ? ["GPU", "CPU"] : ["CPU", "GPU"]) {
          const start = now();
          seen[delegate] = readers[delegate].look(bitmap, stamp);
          cost[delegate] = now() - start;
        }
        compare(cost, seen);
      } catch {
        choose("CPU");
      }
      return seen.CPU ?? readers.CPU.look(bitmap, stamp);
    },
  };
}
