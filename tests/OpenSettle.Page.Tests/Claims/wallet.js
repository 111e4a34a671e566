// A wallet as EIP-6963 has it: what it is asked goes to the test, which holds the keys. It asks nobody by itself.
(() => {
  const listeners = new Map();
  const provider = {
    async request(request) {
      const answer = JSON.parse(await window.openSettleTestWallet(JSON.stringify(request)));
      if (answer.error !== undefined) throw Object.assign(new Error(answer.error.message), answer.error);
      return answer.result;
    },
    on(name, listener) {
      listeners.set(name, [...(listeners.get(name) ?? []), listener]);
      return provider;
    },
    removeListener(name, listener) {
      listeners.set(name, (listeners.get(name) ?? []).filter((one) => one !== listener));
      return provider;
    },
  };
  window.openSettleTestEmit = (name, value) => (listeners.get(name) ?? []).forEach((listener) => listener(value));
  const icon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Crect width='8' height='8' rx='2' fill='%23b35c00'/%3E%3C/svg%3E";
  const info = { uuid: "8b7d0f0e-6f0a-4a4e-9d5e-2b5f0a6f7c11", name: "Test wallet", icon, rdns: "example.test.wallet" };
  // Another one, which never answers, and whose name and picture mean harm.
  const other = {
    info: { uuid: "00000000-0000-4000-8000-000000000000", name: "<img src=x onerror=alert(1)>\u202Eevil", icon: "https://stranger.example/icon.png", rdns: "example.other" },
    provider: { request: () => new Promise(() => {}) },
  };
  const announce = () => {
    for (const detail of [{ info, provider }, other]) window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze(detail) }));
  };
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();
