/** The siren: two tones in turn, made by the browser itself. */

const TONES_HZ = [960, 770];
const TURN_S = 0.5;
const LOUDNESS = 0.2;
const LASTS_S = 20;
const KEPT_AS = "ewarn.muted";

/** Sounds and falls silent; browsers let it sound only once the visitor has touched the page. */
export class Siren {
  #context = null;
  #sounding = null;
  #muted = kept();

  /** Whether the visitor wants no sound; remembered. */
  get muted() {
    return this.#muted;
  }

  set muted(wanted) {
    this.#muted = wanted;
    if (wanted) this.silence();
    try {
      localStorage.setItem(KEPT_AS, wanted ? "yes" : "no");
    } catch {
      // Kept for this visit alone: storage may be forbidden.
    }
  }

  /** Whether the browser holds it back until the page is touched. */
  get locked() {
    return !this.#muted && !navigator.userActivation?.hasBeenActive;
  }

  /** Sounds for some seconds, unless muted or locked. */
  sound() {
    if (this.#muted || this.locked) return;
    this.silence();
    this.#context ??= new AudioContext();
    this.#context.resume();
    const [tone, volume] = [this.#context.createOscillator(), this.#context.createGain()];
    const now = this.#context.currentTime;
    for (let turn = 0; turn * TURN_S < LASTS_S; turn += 1) tone.frequency.setValueAtTime(TONES_HZ[turn % 2], now + turn * TURN_S);
    volume.gain.value = LOUDNESS;
    tone.connect(volume).connect(this.#context.destination);
    tone.start();
    tone.stop(now + LASTS_S);
    this.#sounding = tone;
  }

  /** Stops at once. */
  silence() {
    this.#sounding?.stop();
    this.#sounding = null;
  }
}

function kept() {
  try {
    return localStorage.getItem(KEPT_AS) === "yes";
  } catch {
    return false;
  }
}
