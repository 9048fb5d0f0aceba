// A take that arrives is scrolled to once, with its first picture.
window.hum2guitar.reveal = (heading) => {
  if (!heading.includes('"arriving"')) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.getElementById("take").scrollIntoView({ behavior: still ? "auto" : "smooth" });
};
