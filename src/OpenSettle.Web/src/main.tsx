import { render } from "preact";
import { App } from "./app/App.tsx";
import { startLive } from "./app/live.ts";
import { followLinks } from "./app/navigation.ts";

const place = document.getElementById("app");
if (place === null) throw new Error("index.html has no #app");
followLinks();
startLive();
place.replaceChildren();
render(<App />, place);
