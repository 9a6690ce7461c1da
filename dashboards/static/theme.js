// Dark or light: what the reader chose, else what their system says.
(function () {
  const root = document.documentElement;
  const kept = () => { try { return localStorage.getItem("touchpulse-theme"); } catch { return null; } };
  const set = (theme) => { if (theme) root.dataset.theme = theme; };
  set(kept());
  window.touchpulseTheme = function () {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    const next = dark ? "light" : "dark";
    try { localStorage.setItem("touchpulse-theme", next); } catch { /* private mode: for this page only */ }
    set(next);
  };
})();
