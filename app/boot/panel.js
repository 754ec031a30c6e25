// The start-up panel (#boot) and the notice area (#notice): what a page shows by itself,
// before and beside Python.

import { language, t } from "../i18n.js";

const byId = (id) => document.getElementById(id);

// How full the bar is when a step of the start begins; downloading fills it up to the first.
const STEP_PERCENT = { "start-python": 70, "start-numpy": 84, "start-app": 92 };
const DOWNLOADED_PERCENT = STEP_PERCENT["start-python"];

let percent = 0;
let stageShown = "";
let sayNotice = () => [];

function fillTo(value) {
  percent = Math.max(percent, value);
  byId("boot-progress").value = percent;
}

/** Names the step that is running. Names without a text of their own leave the last one. */
export function showStage(name) {
  fillTo(STEP_PERCENT[name] ?? 0);
  if (name === stageShown) return;
  stageShown = name;
  const key = `boot.stage.${name}`;
  if (t(key)) {
    byId("boot-stage").dataset.i18n = key; // follows a change of language
    byId("boot-stage").textContent = t(key);
  }
  if (name in STEP_PERCENT) byId("boot-bytes").textContent = "";
}

/** @param {{stage: string, received: number, total: number}} progress bytes */
export function showDownload({ stage, received, total }) {
  showStage(stage);
  fillTo((DOWNLOADED_PERCENT * received) / total);
  const megabytes = new Intl.NumberFormat(language(), {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  byId("boot-bytes").textContent = t("boot.bytes", {
    received: megabytes.format(received / 1e6),
    total: megabytes.format(total / 1e6),
  });
}

/** Says in plain words why the page could not start, and offers `onRetry`. */
export function showFailure(text, detail, onRetry) {
  byId("boot").dataset.state = "failed";
  if (text) byId("boot-error-text").textContent = text;
  byId("boot-error-detail").textContent = detail;
  byId("boot-error").hidden = false;
  byId("boot-retry").onclick = () => {
    delete byId("boot").dataset.state;
    byId("boot-error").hidden = true;
    onRetry();
  };
}

/** Takes the panel away and gives the page's controls to the person. */
export function showReady() {
  fillTo(100);
  byId("boot").hidden = true;
  document.documentElement.dataset.boot = "ready";
  for (const control of document.querySelectorAll("[data-needs-python]")) {
    control.removeAttribute("aria-disabled");
    control.removeAttribute("aria-describedby");
    control.removeAttribute("title");
    control.removeAttribute("data-i18n-title");
  }
}

/**
 * Shows a message, with a button `#notice-action` where it has a label, which calls `onAction`;
 * without one, whoever shows the message listens to that button. The area is a live region: it is
 * emptied, never removed.
 * @param {() => string[]} say  gives message and label in the language of now, another one later
 */
export function showNotice(say, onAction = null) {
  sayNotice = say;
  byId("notice-action").onclick = onAction;
  renewNotice();
}

/** Empties the notice area. */
export const hideNotice = () => showNotice(() => []);

addEventListener("virtualpersona:language", renewNotice);

function renewNotice() {
  const [text = "", label = ""] = sayNotice();
  const action = byId("notice-action");
  write(action, label);
  action.hidden = !label;
  write(byId("notice-text"), text);
  byId("notice-dismiss").hidden = !text;
  byId("notice").toggleAttribute("data-open", Boolean(text));
}

/** Writing what stands there already would have screen readers say it again. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes `aria-disabled` mean it: such a control keeps the keyboard's focus, so that its reason
 * can be read, but does nothing.
 */
export function guardDisabledControls() {
  const block = (event) => {
    const control = event.target.closest?.("[aria-disabled='true']");
    if (!control) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (control.hasAttribute("data-needs-python")) showNotice(() => [t("boot.reason")]);
  };
  addEventListener("click", block, { capture: true });
  addEventListener("submit", block, { capture: true });
  byId("notice-dismiss").addEventListener("click", hideNotice);
}
