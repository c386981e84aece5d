/** The siren: two tones in turn, made by the browser itself. */

const TONES_HZ = [960, 770];
const TURN_S = 0.5;
const LOUDNESS = 0.2;
const LASTS_S = 8;

/** Sounds and falls silent; browsers let it sound only once the visitor has touched the page. */
export class Siren {
  #context = null;
  #sounding = null;
  muted = false;

  /** Sounds for some seconds; returns whether it may. */
  sound() {
    if (this.muted || !navigator.userActivation?.hasBeenActive) return false;
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
    return true;
  }

  /** Stops at once. */
  silence() {
    this.#sounding?.stop();
    this.#sounding = null;
  }
}
