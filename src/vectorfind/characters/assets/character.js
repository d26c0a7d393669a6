// Shows a character on a canvas: `new Character(canvas)`, then `draw({eyes: 1, mouth: -0.5})` with
// offsets, or `play("blink")`. `ready` is a promise of its pictures.
class Character {
  constructor(canvas, facts = window.vectorfindCharacter, folder = ".") {
    this.canvas = canvas;
    this.facts = facts;
    this.offsets = Object.fromEntries(facts.steered.map((name) => [name, 0]));
    this.sheet = new Image();
    this.sheet.src = `${folder}/faces.webp`;
    canvas.width = canvas.height = facts.side;
    this.ready = this.sheet.decode().then(() => this.draw({}));
  }

  // The place in the sheet of the expression nearest to the offsets.
  place(offsets) {
    const { steered, levels } = this.facts;
    const nearest = (value) => {
      const gaps = levels.map((level) => Math.abs(level - value));
      return gaps.indexOf(Math.min(...gaps));
    };
    return steered.reduce((place, name) => place * levels.length + nearest(offsets[name]), 0);
  }

  draw(changed) {
    Object.assign(this.offsets, changed);
    const { side, columns } = this.facts;
    const place = this.place(this.offsets);
    const [x, y] = [(place % columns) * side, Math.floor(place / columns) * side];
    this.canvas.getContext("2d").drawImage(this.sheet, x, y, side, side, 0, 0, side, side);
  }

  // Plays a ready motion, or rows of offsets in the order of `facts.steered`; resolves at its end.
  play(motion) {
    const { steered, fps, motions } = this.facts;
    const rows = typeof motion === "string" ? motions[motion] : motion;
    const start = performance.now();
    const turn = (this.turn = (this.turn ?? 0) + 1);
    return new Promise((resolve) => {
      const step = (now) => {
        const row = Math.min(Math.max(0, Math.floor(((now - start) / 1000) * fps)), rows.length - 1);
        if (turn !== this.turn) return resolve();
        this.draw(Object.fromEntries(steered.map((name, column) => [name, rows[row][column]])));
        return row + 1 < rows.length ? requestAnimationFrame(step) : resolve();
      };
      requestAnimationFrame(step);
    });
  }
}
