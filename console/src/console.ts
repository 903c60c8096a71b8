// What every page loads. Pages can be read without it; it makes them quicker to use.

document.documentElement.classList.add("scripted");

for (const select of document.querySelectorAll<HTMLSelectElement>("select[data-submit]"))
	select.addEventListener("change", () => select.form?.requestSubmit());
