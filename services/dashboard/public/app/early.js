// Runs before the first paint, so that a chosen theme does not flash by in the other one.
(() => {
  try {
    const theme = localStorage.getItem("infoscreen.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden: the system's theme it is.
  }
})();
