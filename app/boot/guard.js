// A classic script on purpose: it speaks where boot.js cannot run at all, because the browser
// knows no modules or a module did not arrive. No text of the catalogue is there yet.
(function () {
  "use strict";
  var TEXTS = {
    en: {
      old: "This browser is too old for VirtualPersona. Please update it, or use a recent Chrome, Edge, Firefox or Safari.",
      missing: "A part of this page did not arrive. Please check your connection and reload the page.",
    },
    ko: {
      old: "이 브라우저는 오래되어 VirtualPersona를 쓸 수 없어요. 업데이트하거나 최신 Chrome, Edge, Firefox, Safari를 사용해 주세요.",
      missing: "페이지의 일부를 받지 못했어요. 인터넷 연결을 확인한 뒤 페이지를 새로 고쳐 주세요.",
    },
  };

  function tell(what) {
    var korean = (navigator.language || "").toLowerCase().indexOf("ko") === 0;
    var box = document.getElementById("boot-error");
    var text = document.getElementById("boot-error-text");
    var retry = document.getElementById("boot-retry");
    if (!box || !text || !retry) return;
    text.textContent = TEXTS[korean ? "ko" : "en"][what];
    box.hidden = false;
    document.getElementById("boot").setAttribute("data-state", "failed");
    retry.onclick = function () {
      location.reload();
    };
  }

  // An error of loading does not bubble; it is seen on its way down. A module in words that
  // the browser does not know ends in a SyntaxError before anything of it runs.
  addEventListener(
    "error",
    function (event) {
      if (event.target && event.target.tagName === "SCRIPT") tell("missing");
      else if (event.error instanceof SyntaxError && !window.virtualpersona) tell("old");
    },
    true
  );
  document.addEventListener("DOMContentLoaded", function () {
    if (!("noModule" in HTMLScriptElement.prototype)) tell("old");
  });
})();
