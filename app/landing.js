// The front page needs no Python: a language, and the way into a room for links that lost
// their folder on the way.

import { startLanguage } from "./i18n.js";

if (location.hash.includes("room=")) {
  location.replace(new URL(`room-v3/${location.hash}`, import.meta.url));
} else {
  startLanguage().catch((error) => console.error(error));
}
