// A file that is dropped anywhere on the first tab is uploaded, as one that is chosen with the button.
(() => {
  const input = () => {
    const button = document.getElementById("upload");
    return button && button.checkVisibility() && button.parentElement.querySelector("input[type=file]");
  };
  const over = (event) => event.dataTransfer.types.includes("Files") && input();
  const mark = (on) => document.body.classList.toggle("dropping", on);

  document.addEventListener("dragover", (event) => {
    if (!over(event)) return;
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || mark(false));
  document.addEventListener("drop", (event) => {
    mark(false);
    if (!over(event)) return;
    event.preventDefault();
    const given = input();
    given.files = event.dataTransfer.files;
    given.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
