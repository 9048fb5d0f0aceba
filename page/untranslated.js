// Translates what Gradio does not: the names of examples, and the descriptions of pictures. The dictionary is Gradio's,
// and the English text is the key. Our other scripts translate with window.hum2guitar.told.
(() => {
  const told = (text) => {
    const tables = (window.gradio_config || {}).i18n_translations || {};
    const language = (document.documentElement.lang || navigator.language).split("-")[0];
    return (tables[language] || {})[text] || text;
  };
  window.hum2guitar = { ...window.hum2guitar, told };

  const translate = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const translated = told(node.data.trim());
      if (translated !== node.data.trim()) node.data = translated;
    }
    for (const image of document.querySelectorAll("img[alt]")) {
      if (told(image.alt) !== image.alt) image.alt = told(image.alt);
    }
  };

  let scheduled = false;
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setTimeout(() => {
      scheduled = false;
      if (document.documentElement.lang.startsWith("ko")) translate();
    }, 100);
  };
  new MutationObserver(schedule).observe(document.documentElement, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["alt", "lang"],
  });
  schedule();
})();
