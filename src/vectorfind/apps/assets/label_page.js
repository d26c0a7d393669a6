// Keys and clicks of the labelling page; the answer goes to Python as this component's value.
const faces = () => [...element.querySelectorAll(".face")];
let waiting = false;

const setLabel = (face, label) => {
  face.dataset.label = label;
  face.classList.toggle("changed", label !== props.page.usual);
  face.querySelector("span").textContent = props.page.words[label];
  // A reload, another question and an undo then show the clicks again.
  const { file, attribute } = props.page;
  sessionStorage.setItem(`${file} ${attribute} ${face.dataset.id}`, label);
};

const send = (event, value) => {
  // A second Enter must not answer the page that is about to go.
  if (waiting) return;
  waiting = true;
  setTimeout(() => { waiting = false; }, 3000);
  if (value) props.value = value;
  trigger(event);
};

const save = () => {
  const labels = Object.fromEntries(faces().map(face => [face.dataset.id, +face.dataset.label]));
  if (faces().length) send("submit", { attribute: props.page.attribute, labels });
};

const answer = label => {
  if (waiting || faces().length !== 1) return;
  setLabel(faces()[0], label);
  save();
};

const move = step => {
  const all = faces();
  const next = all[all.indexOf(document.activeElement) + step];
  (next ?? all[0])?.focus();
};

const columns = () => {
  const all = faces();
  return all.filter(face => face.offsetTop === all[0].offsetTop).length;
};

watch("page", () => { waiting = false; });

element.addEventListener("click", event => {
  const face = event.target.closest(".face");
  if (face && faces().length > 1) setLabel(face, 1 - face.dataset.label);
  const act = event.target.closest(".act");
  if (act?.matches(".save")) save();
  if (act?.matches(".undo")) send("undo");
  if (act?.matches(".next")) send("apply");
  if (act?.matches(".answer")) answer(+act.dataset.answer);
});

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || !props.page) return;
  if (event.target.matches("input[type=text], textarea")) return;
  const marked = document.activeElement?.closest(".face");
  const keys = {
    Enter: save,
    NumpadEnter: save,
    KeyU: () => send("undo"),
    KeyN: () => props.page.images.length || send("apply"),
    Backspace: () => send("undo"),
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    ArrowDown: () => move(columns()),
    ArrowUp: () => move(-columns()),
  };
  for (const label of [0, 1]) {
    keys[`Digit${label}`] = keys[`Numpad${label}`] =
      () => (faces().length === 1 ? answer(label) : marked && setLabel(marked, label));
  }
  // By place, so that capitals and other alphabets change nothing.
  const act = keys[event.code];
  if (!act) return;
  event.preventDefault();
  act();
});
