// Keys and clicks of the labelling page; what is to be done goes to Python as this component's value.
const faces = (which = "") => [...element.querySelectorAll(`.face${which}`)];
let waiting = false;
let timer;

const setLabel = (face, label) => {
  face.dataset.label = label;
  face.classList.toggle("changed", label !== props.page.usual);
  face.classList.toggle("suggested", face.dataset.suggested === `${label}`);
  // A reload, another question and an undo then show the clicks again.
  const { file, attribute } = props.page;
  sessionStorage.setItem(`${file} ${attribute} ${face.dataset.id}`, label);
};

const send = value => {
  // A second Enter must not answer the page that is about to go.
  if (waiting) return;
  waiting = true;
  clearTimeout(timer);
  timer = setTimeout(() => {
    waiting = false;
    element.querySelector(".silent").hidden = false;
  }, 5000);
  props.value = value;
  trigger("submit");
};

// Left out of what is saved: it comes again at the end.
const postpone = face => face && !props.page.single && face.classList.toggle("later");

const brighten = () => {
  const brighter = element.querySelector(".grid").classList.toggle("brighter");
  sessionStorage.setItem("brighter", brighter ? "brighter" : "");
};

const numbers = all => all.map(face => +face.dataset.id);

const byImage = (all, name) =>
  Object.fromEntries(all.map(face => [face.dataset.id, +face.dataset[name]]));

const save = () => {
  const labelled = faces(":not(.later)");
  send({
    act: "save",
    attribute: props.page.attribute,
    labels: byImage(labelled, "label"),
    seen: byImage(labelled.filter(face => face.dataset.seen), "seen"),
    later: numbers(faces(".later")),
  });
};

const confirm = () => {
  // One image at a time wants a 0 or a 1, unless it has a label or a suggestion.
  if (element.querySelector(".act.save")) save();
};

const answer = label => {
  if (waiting || !props.page.single || !faces().length) return;
  setLabel(faces()[0], label);
  save();
};

const skip = () => {
  if (props.page.asked) send({ act: "back" });
  else if (faces().length) send({ act: "skip", images: numbers(faces()) });
};

const next = () => props.page.images.length || send({ act: "next" });

const field = () => element.querySelector(".jump input");

const jump = () => {
  const image = field().value.trim();
  if (/^\d+$/.test(image)) send({ act: "jump", image: +image });
  else field().focus();
};

const move = step => {
  const all = faces();
  const to = all[all.indexOf(document.activeElement) + step];
  (to ?? all[0])?.focus();
};

const columns = () => {
  const all = faces();
  return all.filter(face => face.offsetTop === all[0].offsetTop).length;
};

watch("page", () => {
  waiting = false;
  clearTimeout(timer);
});

const acts = {
  save: confirm,
  undo: () => send({ act: "undo" }),
  skip,
  back: skip,
  next,
  go: jump,
  brighten,
};

element.addEventListener("click", event => {
  const face = event.target.closest(".face");
  if (face && !props.page.single) setLabel(face, 1 - face.dataset.label);
  const act = event.target.closest(".act");
  if (!act) return;
  if (act.matches(".answer")) answer(+act.dataset.answer);
  else acts[act.classList[1]]();
});

element.addEventListener("contextmenu", event => {
  const face = event.target.closest(".grid:not(.single) .face");
  if (!face) return;
  event.preventDefault();
  postpone(face);
});

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || !props.page) return;
  if (event.target === field()) {
    if (event.key === "Enter") jump();
    if (event.key === "Escape") field().blur();
    return;
  }
  // A button that is focused is meant by Enter, and a choice above by the arrows.
  if (event.target.matches(".act") && event.code.endsWith("Enter")) return;
  if (event.target.matches("textarea, input") && !/^(Key|Digit|Numpad)/.test(event.code)) return;
  const marked = document.activeElement?.closest(".face");
  const keys = {
    Enter: confirm,
    NumpadEnter: confirm,
    KeyU: acts.undo,
    Backspace: acts.undo,
    KeyS: skip,
    KeyL: () => postpone(marked),
    KeyB: brighten,
    Escape: () => props.page.asked && skip(),
    KeyN: next,
    KeyG: () => field().focus(),
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    ArrowDown: () => move(columns()),
    ArrowUp: () => move(-columns()),
  };
  for (const label of [0, 1]) {
    keys[`Digit${label}`] = keys[`Numpad${label}`] =
      () => (props.page.single ? answer(label) : marked && setLabel(marked, label));
  }
  // By place, so that capitals and other alphabets change nothing.
  const act = keys[event.code];
  if (!act) return;
  event.preventDefault();
  act();
});
