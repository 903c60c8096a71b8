// data-when="FIELD=VALUE|VALUE": shown while a field of the form has such a value; what is hidden is not sent.
export function startWhen(form: HTMLFormElement): void {
	const parts = [...form.querySelectorAll<HTMLElement>("[data-when]")];
	const settle = () => {
		const fields = new FormData(form);
		for (const part of parts) {
			const [name = "", value = ""] = (part.dataset["when"] ?? "").split("=");
			part.hidden = !value.split("|").includes(String(fields.get(name)));
			for (const field of part.querySelectorAll<HTMLInputElement>("input, textarea, select")) field.disabled = part.hidden;
		}
	};
	form.addEventListener("change", settle);
	settle();
}
