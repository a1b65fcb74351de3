/** Sends a file as it is, with its name beside it, and goes to its report. */
export function uploads({ csrf }) {
  for (const form of document.querySelectorAll('form[data-upload]')) {
    const asOf = form.elements['as-of'];
    // a file is as old as its data, as far as anybody can tell before reading it
    if (asOf) form.elements.file.addEventListener('change', ({ target: { files: [chosen] } }) => {
      if (chosen) asOf.value = localTime(chosen.lastModified);
    });
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const { file } = form.elements;
      const [chosen] = file.files;
      const fields = [...new FormData(form)].filter(([, value]) => typeof value === 'string');
      const [button, fault] = [form.querySelector('button[type=submit]'), form.querySelector('.fault')];
      if (!chosen) return;
      button.disabled = true;
      fault.textContent = '';
      try {
        const response = await fetch(form.dataset.upload, {
          method: 'POST',
          body: chosen,
          headers: {
            accept: 'application/json',
            'content-type': 'application/octet-stream',
            'x-csrf-token': csrf,
            'x-file-name': encodeURIComponent(chosen.name),
            ...Object.fromEntries(fields.map(([name, value]) => [`x-${name}`, encodeURIComponent(value)])),
          },
        });
        if (response.ok) return location.assign((await response.json()).url);
        fault.textContent = await response.text();
      } catch {
        fault.textContent = 'Mất kết nối. Thử lại khi có mạng.';
      }
      button.disabled = false;
    });
  }
}

/** "2026-11-21T09:30" at the desk, whose clock is Vietnam's. */
const localTime = (ms) => new Date(ms + 7 * 3_600_000).toISOString().slice(0, 16);
