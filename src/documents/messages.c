#include "messages.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/bytes.h"

const char *const message_languages[MESSAGE_LANGUAGES] = {"en", "he", "ar", "fr", "es"};

#define ROW(key, en, he, ar, fr, es)                                                               \
	{                                                                                          \
		key,                                                                               \
		{                                                                                  \
			en, he, ar, fr, es                                                         \
		}                                                                                  \
	}

/* A row a message, however wide. */
/* clang-format off */
static const struct {
	const char *key;
	const char *words[MESSAGE_LANGUAGES];
} table[] = {
	/* What stands around every record. */
	ROW("frame.record-of", "Record of %1", "רשומה מיום %1", "سجل بتاريخ %1", "Acte du %1", "Registro del %1"),
	ROW("frame.by", "Signed by %1", "נחתם בידי %1", "وقّعه %1", "Signé par %1", "Firmado por %1"),
	ROW("frame.entered", "Entered by the keeper of the log", "נרשם בידי מנהל היומן", "قيّده القائم على السجل العام", "Inscrit par le tenant du registre", "Inscrito por quien lleva el registro público"),
	ROW("frame.content", "What it says", "תוכן הרשומה", "المضمون", "Contenu", "Contenido"),
	ROW("frame.signature", "Signature", "חתימה", "التوقيع", "Signature", "Firma"),
	ROW("frame.signer", "Signed by", "נחתם בידי", "الموقِّع", "Signé par", "Firmado por"),
	ROW("frame.signed-at", "Signed at", "מועד החתימה", "وقت التوقيع", "Signé le", "Firmado el"),
	ROW("frame.entered-at", "Entered at", "מועד הרישום", "وقت القيد", "Inscrit le", "Inscrito el"),
	ROW("frame.key", "Key", "מפתח", "المفتاح", "Clé", "Clave"),
	ROW("frame.algorithm", "Algorithm", "אלגוריתם", "الخوارزمية", "Algorithme", "Algoritmo"),
	ROW("frame.passkey", "passkey (WebAuthn)", "מפתח גישה (WebAuthn)", "مفتاح مرور (WebAuthn)", "clé d’accès (WebAuthn)", "clave de acceso (WebAuthn)"),
	ROW("frame.signature-bytes", "Signature in full", "החתימה במלואה", "التوقيع كاملاً", "Signature complète", "Firma completa"),
	ROW("frame.log", "On the public log", "ביומן הציבורי", "في السجل العام", "Au registre public", "En el registro público"),
	ROW("frame.origin", "Log", "יומן", "السجل العام", "Registre", "Registro público"),
	ROW("frame.entry", "Entry", "מספר רישום", "رقم القيد", "Inscription n°", "Asiento n.º"),
	ROW("frame.id", "Record’s id", "מזהה הרשומה", "معرّف السجل", "Identifiant de l’acte", "Identificador del registro"),
	ROW("frame.receipt", "Receipt", "אישור רישום", "إيصال القيد", "Reçu", "Recibo"),
	ROW("frame.scan-receipt", "Scan for the receipt", "סריקה לקבלת אישור הרישום", "امسح للوصول إلى الإيصال", "Scanner pour le reçu", "Escanear para ver el recibo"),
	ROW("frame.scan-id", "The record’s id", "מזהה הרשומה", "معرّف السجل", "Identifiant de l’acte", "Identificador del registro"),
	ROW("frame.carries",
	    "This file carries the record itself and the proof that it is on the log. What holds is the record, not how these pages look. To check it, with the authority’s public key:",
	    "קובץ זה נושא את הרשומה עצמה ואת ההוכחה שהיא ביומן. המחייב הוא הרשומה, ולא מראה הדפים. לבדיקה, בעזרת המפתח הציבורי של הרשות:",
	    "يحمل هذا الملف السجل نفسه وإثبات وجوده في السجل العام. والعبرة بالسجل لا بمظهر هذه الصفحات. للتحقق منه بالمفتاح العام للسلطة:",
	    "Ce fichier contient l’acte lui-même et la preuve de son inscription au registre. C’est l’acte qui fait foi, non l’aspect de ces pages. Pour le vérifier, avec la clé publique de l’autorité :",
	    "Este archivo contiene el registro mismo y la prueba de que está en el registro público. Lo que vale es el registro, no el aspecto de estas páginas. Para comprobarlo, con la clave pública de la autoridad:"),
	ROW("frame.page", "Page %1 of %2", "עמוד %1 מתוך %2", "صفحة %1 من %2", "Page %1 sur %2", "Página %1 de %2"),
	ROW("frame.withheld", "Confidential: withheld. Digest:", "חסוי: לא מוצג. תקציר:", "سرّي: محجوب. البصمة:", "Confidentiel : non communiqué. Empreinte :", "Confidencial: no se muestra. Huella:"),
	ROW("frame.life", "for life", "מאסר עולם", "مدى الحياة", "à perpétuité", "perpetua"),
	ROW("frame.none", "None", "אין", "لا شيء", "Aucun", "Ninguno"),

	/* The dimensions of a scope. */
	ROW("scope.any", "Without limit", "ללא הגבלה", "بلا قيد", "Sans limite", "Sin límite"),
	ROW("scope.none", "Nothing is allowed", "שום שימוש אינו מותר", "لا يُسمح بأي شيء", "Rien n’est permis", "Nada está permitido"),
	ROW("scope.capability", "Only to do", "רק לביצוע", "فقط لأجل", "Seulement pour faire", "Solo para hacer"),
	ROW("scope.purpose", "Only for the purposes", "רק למטרות", "فقط للأغراض", "Seulement aux fins de", "Solo para los fines"),
	ROW("scope.territory", "Only in", "רק בשטח", "فقط في إقليم", "Seulement sur le territoire", "Solo en el territorio"),
	ROW("scope.subject-not", "Never against", "לעולם לא כלפי", "أبداً ضد", "Jamais contre", "Nunca contra"),
	ROW("scope.require", "Only with", "רק בצירוף", "فقط بشرط", "Seulement avec", "Solo con"),
	ROW("scope.from", "From", "החל ב־", "ابتداءً من", "À partir du", "Desde"),
	ROW("scope.until", "Until", "עד", "حتى", "Jusqu’au", "Hasta"),
	ROW("scope.limit", "At most", "לכל היותר", "بحد أقصى", "Au plus", "Como máximo"),

	/* Kinds of record. */
	ROW("kind.key", "Key", "מפתח", "مفتاح", "Clé", "Clave"),
	ROW("kind.definitions", "Definitions", "הגדרות", "تعريفات", "Définitions", "Definiciones"),
	ROW("kind.declaration", "End-use declaration", "הצהרת משתמש סופי", "إقرار المستخدم النهائي", "Déclaration d’utilisation finale", "Declaración de uso final"),
	ROW("kind.application", "Application", "בקשה לרישיון", "طلب ترخيص", "Demande de licence", "Solicitud de licencia"),
	ROW("kind.decision", "Decision", "החלטה", "قرار", "Décision", "Resolución"),
	ROW("kind.advice", "Advice", "חוות דעת", "رأي استشاري", "Avis", "Dictamen"),
	ROW("kind.licence", "Licence", "רישיון", "ترخيص", "Licence", "Licencia"),
	ROW("kind.surrender", "Surrender of a licence", "ויתור על רישיון", "التنازل عن ترخيص", "Renonciation à une licence", "Renuncia a una licencia"),
	ROW("kind.enrolment", "Enrolment of a system", "רישום מערכת", "تسجيل منظومة", "Enregistrement d’un système", "Inscripción de un sistema"),
	ROW("kind.lease", "Lease", "היתר קצר מועד", "إذن قصير الأجل", "Bail", "Permiso temporal"),
	ROW("kind.refusal", "Refusal of a renewal", "סירוב לחידוש", "رفض التجديد", "Refus de renouvellement", "Denegación de renovación"),
	ROW("kind.report", "Report of misuse", "דיווח על שימוש לרעה", "بلاغ عن إساءة استخدام", "Signalement d’abus", "Denuncia de uso indebido"),
	ROW("kind.finding", "Finding", "ממצא", "استنتاج", "Conclusion", "Conclusión"),
	ROW("kind.measure", "Measure", "אמצעי אכיפה", "تدبير", "Mesure", "Medida"),
	ROW("kind.approval", "Approval", "אישור", "موافقة", "Approbation", "Aprobación"),
	ROW("kind.lift", "Lift of a measure", "ביטול אמצעי אכיפה", "رفع تدبير", "Levée d’une mesure", "Levantamiento de una medida"),
	ROW("kind.listing", "Listing", "רשימה מתוארכת", "قائمة مؤرخة", "Liste datée", "Lista fechada"),
	ROW("kind.screening", "Screening", "סינון מול רשימות", "فحص القوائم", "Filtrage", "Cribado"),
	ROW("kind.clearance", "Clearance of a hit", "הכרעה בהתאמה", "البتّ في تطابق", "Décision sur une correspondance", "Resolución de una coincidencia"),
	ROW("kind.tags", "Key of subject tags", "מפתח תגי מושאים", "مفتاح وسوم الأشخاص", "Clé des étiquettes de sujets", "Clave de etiquetas de sujetos"),
	ROW("kind.admission", "Admission of subjects", "בקשת תגי מושאים", "طلب وسوم الأشخاص", "Admission de sujets", "Admisión de sujetos"),
	ROW("kind.inquiry", "Inquiry after subjects", "חקירה בדבר מושאים", "استعلام عن أشخاص", "Enquête sur des sujets", "Consulta sobre sujetos"),
	ROW("kind.disclosure", "Disclosure", "גילוי", "إفصاح", "Communication", "Divulgación"),
	ROW("kind.renewal", "Request for renewal", "בקשת חידוש", "طلب تجديد", "Demande de renouvellement", "Solicitud de renovación"),

	/* Words that a field chooses from. */
	ROW("choice.authority", "authority", "רשות", "سلطة", "autorité", "autoridad"),
	ROW("choice.officer", "officer", "ממונה", "موظف مختص", "agent de l’autorité", "funcionario"),
	ROW("choice.exporter", "exporter", "יצואן", "مُصدِّر", "exportateur", "exportador"),
	ROW("choice.end-user", "end user", "משתמש סופי", "مستخدم نهائي", "utilisateur final", "usuario final"),
	ROW("choice.auditor", "auditor", "מבקר", "مدقق", "auditeur", "auditor"),
	ROW("choice.adviser", "adviser", "גוף מייעץ", "جهة استشارية", "organe consultatif", "órgano consultivo"),
	ROW("choice.inbox", "inbox for reports", "תיבת דיווחים", "صندوق البلاغات", "boîte des signalements", "buzón de denuncias"),
	ROW("choice.witnesses", "witnesses", "עדים", "شهود", "témoins", "testigos"),
	ROW("choice.approve", "Approved", "אושר", "مُوافَق عليه", "Accordée", "Aprobada"),
	ROW("choice.approve-with-provisos", "Approved under the conditions below", "אושר בתנאים שלהלן", "مُوافَق عليه بالشروط أدناه", "Accordée sous les conditions ci-dessous", "Aprobada con las condiciones siguientes"),
	ROW("choice.refuse", "Refused", "סורב", "مرفوض", "Refusée", "Denegada"),
	ROW("choice.upheld", "Upheld", "התקבל", "ثابت", "Fondé", "Estimada"),
	ROW("choice.came", "It came", "התקבלה", "وصل", "Reçue", "Llegó"),
	ROW("choice.none-came", "None came", "לא התקבלה", "لم يصل", "Aucune reçue", "No llegó ninguna"),
	ROW("choice.not-asked", "Nobody was asked", "איש לא נשאל", "لم يُسأل أحد", "Personne n’a été interrogé", "No se preguntó a nadie"),
	ROW("choice.dismissed", "Dismissed", "נדחה", "مردود", "Rejeté", "Desestimada"),
	ROW("choice.note", "note hits only", "לציין התאמות בלבד", "تدوين التطابق فقط", "noter les correspondances", "solo anotar las coincidencias"),
	ROW("choice.hold", "hold the application", "לעכב את הבקשה", "تعليق الطلب", "suspendre la demande", "retener la solicitud"),
	ROW("choice.suspend", "suspend", "להשעות", "تعليق", "suspendre", "suspender"),
	ROW("choice.true-match", "the same party", "אותו צד", "الطرف نفسه", "la même partie", "la misma parte"),
	ROW("choice.not-the-same", "not the same party", "צד אחר", "ليس الطرف نفسه", "une autre partie", "otra parte"),
	ROW("choice.released", "released", "נמסר", "أُفصح عنه", "communiqué", "divulgado"),
	ROW("choice.erased", "erased for good", "נמחק לצמיתות", "مُحي نهائياً", "effacé définitivement", "borrado definitivamente"),
	ROW("choice.restrict", "restrict", "הגבלה", "تقييد", "restreindre", "restringir"),
	ROW("choice.disconnect", "disconnect", "ניתוק", "فصل", "déconnecter", "desconectar"),
	ROW("choice.revoke", "revoke", "שלילה", "إلغاء", "révoquer", "revocar"),

	/* Fields. */
	ROW("field.about", "About", "בעניין", "بشأن", "Au sujet de", "Acerca de"),
	ROW("field.acknowledged", "Acknowledged size", "גודל שאושר", "الحجم المُقرّ", "Taille reconnue", "Tamaño reconocido"),
	ROW("field.action", "Action", "פעולה", "الإجراء", "Action", "Acción"),
	ROW("field.added", "Entries added", "רשומות שנוספו", "قيود مضافة", "Entrées ajoutées", "Entradas añadidas"),
	ROW("field.advice", "Advice heard", "חוות הדעת שנשמעו", "الآراء المسموعة", "Avis recueillis", "Dictámenes oídos"),
	ROW("field.allegation", "Allegation", "הטענה", "الادعاء", "Allégation", "Alegación"),
	ROW("field.application", "Application", "הבקשה", "الطلب", "Demande", "Solicitud"),
	ROW("field.audit-key", "Audit key", "מפתח ביקורת", "مفتاح التدقيق", "Clé d’audit", "Clave de auditoría"),
	ROW("field.basis", "Basis in law", "בסיס בדין", "الأساس القانوني", "Base légale", "Base jurídica"),
	ROW("field.blinded", "Blinded selectors", "מזהים מוסתרים", "محددات محجوبة", "Sélecteurs masqués", "Selectores cegados"),
	ROW("field.body", "Body", "גוף", "الجهة", "Organe", "Órgano"),
	ROW("field.capabilities", "Capabilities", "יכולות", "القدرات", "Capacités", "Capacidades"),
	ROW("field.changed", "Entries changed", "רשומות ששונו", "قيود معدّلة", "Entrées modifiées", "Entradas modificadas"),
	ROW("field.cleared", "Cleared hits", "התאמות שהוכרעו", "حالات مبتوت فيها", "Correspondances écartées", "Coincidencias resueltas"),
	ROW("field.code", "Rule", "כלל", "القاعدة", "Règle", "Regla"),
	ROW("field.consistency", "Consistency proof", "הוכחת עקביות", "إثبات الاتساق", "Preuve de cohérence", "Prueba de coherencia"),
	ROW("field.count", "Count", "מספר", "العدد", "Nombre", "Cantidad"),
	ROW("field.counter", "Counter", "מונה", "العدّاد", "Compteur", "Contador"),
	ROW("field.country", "Country", "מדינה", "البلد", "Pays", "País"),
	ROW("field.date", "Date", "תאריך", "التاريخ", "Date", "Fecha"),
	ROW("field.declaration", "Declaration", "ההצהרה", "الإقرار", "Déclaration", "Declaración"),
	ROW("field.definitions", "Definitions accepted", "ההגדרות שהתקבלו", "التعريفات المقبولة", "Définitions acceptées", "Definiciones aceptadas"),
	ROW("field.device", "Device key’s id", "מזהה מפתח ההתקן", "معرّف مفتاح الجهاز", "Identifiant de la clé de l’appareil", "Identificador de la clave del dispositivo"),
	ROW("field.device-key", "Device key", "מפתח ההתקן", "مفتاح الجهاز", "Clé de l’appareil", "Clave del dispositivo"),
	ROW("field.digest", "Digest", "תקציר", "البصمة", "Empreinte", "Huella"),
	ROW("field.effective", "In force from", "בתוקף מיום", "نافذ اعتباراً من", "En vigueur à partir du", "En vigor desde"),
	ROW("field.end-user", "End user", "משתמש סופי", "المستخدم النهائي", "Utilisateur final", "Usuario final"),
	ROW("field.engine", "Engine", "מנוע", "المحرّك", "Moteur", "Motor"),
	ROW("field.entries", "Entries", "רשומות", "القيود", "Entrées", "Entradas"),
	ROW("field.entry", "Entry on the list", "רשומה ברשימה", "القيد في القائمة", "Entrée de la liste", "Entrada de la lista"),
	ROW("field.evidence", "Evidence", "ראיות", "الأدلة", "Preuves", "Pruebas"),
	ROW("field.excludes", "Never means", "לעולם אינו כולל", "لا يعني أبداً", "Ne signifie jamais", "Nunca significa"),
	ROW("field.exporter", "Exporter", "יצואן", "المُصدِّر", "Exportateur", "Exportador"),
	ROW("field.fields", "Fields", "שדות", "الحقول", "Champs", "Campos"),
	ROW("field.finding", "Finding", "הממצא", "الاستنتاج", "Conclusion", "Conclusión"),
	ROW("field.grace-days", "Days of grace", "ימי חסד", "أيام المهلة", "Jours de grâce", "Días de gracia"),
	ROW("field.heard", "Last answer heard", "התשובה האחרונה שהתקבלה", "آخر رد مستلم", "Dernière réponse reçue", "Última respuesta recibida"),
	ROW("field.hit", "Hit", "התאמה", "التطابق", "Correspondance", "Coincidencia"),
	ROW("field.hits", "Hits", "התאמות", "حالات التطابق", "Correspondances", "Coincidencias"),
	ROW("field.holder", "Holder", "בעל המפתח", "صاحب المفتاح", "Titulaire", "Titular"),
	ROW("field.holders", "Holders of shares", "מחזיקי החלקים", "حملة الأنصبة", "Détenteurs de parts", "Titulares de partes"),
	ROW("field.id", "Id", "מזהה", "المعرّف", "Identifiant", "Identificador"),
	ROW("field.indicators", "Indicators", "אינדיקטורים", "المؤشرات", "Indicateurs", "Indicadores"),
	ROW("field.item", "Item", "פריט", "الصنف", "Article", "Artículo"),
	ROW("field.item-version", "Version installed", "הגרסה המותקנת", "الإصدار المركّب", "Version installée", "Versión instalada"),
	ROW("field.label", "Label", "תווית", "الرمز", "Libellé", "Etiqueta"),
	ROW("field.last-sequence", "Last lease", "ההיתר האחרון", "آخر إذن", "Dernier bail", "Último permiso"),
	ROW("field.lease-seconds", "Lease, in seconds", "משך ההיתר, בשניות", "مدة الإذن بالثواني", "Durée du bail, en secondes", "Duración del permiso, en segundos"),
	ROW("field.licence", "Licence", "הרישיון", "الترخيص", "Licence", "Licencia"),
	ROW("field.licences", "Licences", "רישיונות", "التراخيص", "Licences", "Licencias"),
	ROW("field.list", "List", "רשימה", "القائمة", "Liste", "Lista"),
	ROW("field.listings", "Listings", "רשימות", "القوائم", "Listes", "Listas"),
	ROW("field.maximum-years", "Highest penalty, in years", "העונש המרבי, בשנים", "أقصى عقوبة بالسنوات", "Peine maximale, en années", "Pena máxima, en años"),
	ROW("field.measure", "Measure", "האמצעי", "التدبير", "Mesure", "Medida"),
	ROW("field.measurement", "Measurement", "מדידת התוכנה", "قياس البرمجية", "Mesure du logiciel", "Medición del programa"),
	ROW("field.minimum-penalty-years", "Only offences that carry, in years, at least", "רק עבירות שעונשן, בשנים, לפחות", "فقط الجرائم التي لا تقل عقوبتها بالسنوات عن", "Seulement les infractions passibles d’au moins (années)", "Solo delitos con pena mínima, en años, de"),
	ROW("field.more", "More hits", "התאמות נוספות", "حالات أخرى", "Autres correspondances", "Otras coincidencias"),
	ROW("field.name", "Name", "שם", "الاسم", "Nom", "Nombre"),
	ROW("field.nonce", "Nonce", "מספר חד־פעמי", "رقم وحيد الاستعمال", "Nonce", "Nonce"),
	ROW("field.number", "Number", "מספר", "الرقم", "Numéro", "Número"),
	ROW("field.offences", "Offences", "עבירות", "الجرائم", "Infractions", "Delitos"),
	ROW("field.office", "Office", "תפקיד", "المنصب", "Fonction", "Cargo"),
	ROW("field.origin", "Origin", "מקור", "المصدر", "Origine", "Origen"),
	ROW("field.outcome", "Outcome", "תוצאה", "النتيجة", "Issue", "Resultado"),
	ROW("field.parties", "Other parties", "צדדים נוספים", "أطراف أخرى", "Autres parties", "Otras partes"),
	ROW("field.parts", "Parts", "חלקים", "الأجزاء", "Parties de l’avis", "Partes del dictamen"),
	ROW("field.party", "Party", "צד", "الطرف", "Partie", "Parte"),
	ROW("field.policy-file", "Policy’s text", "נוסח המדיניות", "نص السياسة", "Texte de la politique", "Texto de la política"),
	ROW("field.followed", "Changes followed", "שינויים שאומצו", "التغييرات المتبعة", "Changements suivis", "Cambios seguidos"),
	ROW("field.checkpoint", "Last checkpoint", "נקודת הביקורת האחרונה", "نقطة التحقق الأخيرة", "Dernier point de contrôle", "Último punto de control"),
	ROW("field.policy", "Policy", "מדיניות", "السياسة", "Politique", "Política"),
	ROW("field.proposal", "Proposal", "ההצעה", "الاقتراح", "Proposition", "Propuesta"),
	ROW("field.protected", "Protected persons", "אנשים מוגנים", "أشخاص محميون", "Personnes protégées", "Personas protegidas"),
	ROW("field.ceremony", "How the holders made their shares", "כיצד יצרו המחזיקים את חלקיהם", "كيف أنشأ حملة الأنصبة أنصبتهم", "Comment les détenteurs ont créé leurs parts", "Cómo crearon los titulares sus partes"),
	ROW("field.provisos", "Conditions", "תנאים", "الشروط", "Conditions", "Condiciones"),
	ROW("field.public", "Public element", "רכיב ציבורי", "العنصر العام", "Élément public", "Elemento público"),
	ROW("field.public-key", "Public key", "מפתח ציבורי", "المفتاح العام", "Clé publique", "Clave pública"),
	ROW("field.published", "Published", "פורסם", "نُشر في", "Publiée le", "Publicada el"),
	ROW("field.purpose-of-use", "Purpose of use", "מטרת השימוש", "الغرض من الاستخدام", "But de l’utilisation", "Finalidad de uso"),
	ROW("field.purposes", "Purposes", "מטרות", "الأغراض", "Finalités", "Fines"),
	ROW("field.quantity", "Number of systems", "מספר מערכות", "عدد المنظومات", "Nombre de systèmes", "Número de sistemas"),
	ROW("field.reason", "Reason", "נימוק", "السبب", "Motif", "Motivo"),
	ROW("field.reasons", "Reasons", "נימוקים", "الأسباب", "Motifs", "Motivos"),
	ROW("field.reply", "The other side’s reply", "תגובת הצד האחר", "رد الطرف الآخر", "Réponse de l’autre partie", "Respuesta de la otra parte"),
	ROW("field.record", "Record", "הרשומה", "السجل", "Acte", "Registro"),
	ROW("field.removed", "Entries removed", "רשומות שהוסרו", "قيود محذوفة", "Entrées retirées", "Entradas retiradas"),
	ROW("field.replaces", "Replaces", "מחליף את", "يحل محل", "Remplace", "Sustituye a"),
	ROW("field.report", "Report", "הדיווח", "البلاغ", "Signalement", "Denuncia"),
	ROW("field.reporter", "Reporter", "המדווח", "المبلِّغ", "Auteur du signalement", "Denunciante"),
	ROW("field.role", "Role", "תפקיד", "الدور", "Rôle", "Función"),
	ROW("field.root", "Root", "שורש", "الجذر", "Racine", "Raíz"),
	ROW("field.rp-id", "Passkey’s site", "אתר מפתח הגישה", "موقع مفتاح المرور", "Site de la clé d’accès", "Sitio de la clave de acceso"),
	ROW("field.scope", "Scope", "היקף ההיתר", "النطاق", "Portée", "Alcance"),
	ROW("field.score", "Score, in thousandths", "ציון, באלפיות", "الدرجة بالألف", "Score, en millièmes", "Puntuación, en milésimas"),
	ROW("field.screening", "Screening", "הסינון", "الفحص", "Filtrage", "Cribado"),
	ROW("field.sequence", "Sequence", "מספר סידורי", "التسلسل", "Séquence", "Secuencia"),
	ROW("field.serial", "Serial name", "שם סידורי", "الاسم التسلسلي", "Nom de série", "Nombre de serie"),
	ROW("field.session", "Session", "מושב", "الجلسة", "Session", "Sesión"),
	ROW("field.signatory", "Signatory", "החותם", "الموقِّع", "Signataire", "Firmante"),
	ROW("field.size", "Size", "גודל", "الحجم", "Taille", "Tamaño"),
	ROW("field.source", "Source", "מקור", "المصدر", "Source", "Fuente"),
	ROW("field.statute", "Statute", "הוראת החוק", "النص القانوني", "Texte de loi", "Norma legal"),
	ROW("field.subject", "Subject", "מושא", "الشخص المعني", "Sujet", "Sujeto"),
	ROW("field.supersedes", "Supersedes number", "מחליפות את מספר", "تحل محل رقم", "Remplacent le numéro", "Sustituyen al número"),
	ROW("field.system", "System", "המערכת", "المنظومة", "Système", "Sistema"),
	ROW("field.tags", "Key of tags", "מפתח התגים", "مفتاح الوسوم", "Clé des étiquettes", "Clave de etiquetas"),
	ROW("field.target", "Target", "היעד", "المستهدف", "Cible", "Objeto"),
	ROW("field.text", "Meaning", "משמעות", "المعنى", "Sens", "Significado"),
	ROW("field.threshold", "Threshold", "סף", "العتبة", "Seuil", "Umbral"),
	ROW("field.title", "Title", "כותרת", "العنوان", "Intitulé", "Título"),
	ROW("field.to", "Released to", "נמסר ל־", "أُفصح عنه لـ", "Communiqué à", "Divulgado a"),
	ROW("field.ttl-seconds", "Lease, in seconds", "משך ההיתר, בשניות", "مدة الإذن بالثواني", "Durée du bail, en secondes", "Duración del permiso, en segundos"),
	ROW("field.type", "Type", "סוג", "النوع", "Type", "Tipo"),
	ROW("field.undertakings", "Undertakings", "התחייבויות", "التعهدات", "Engagements", "Compromisos"),
	ROW("field.until", "Until", "עד", "حتى", "Jusqu’au", "Hasta"),
	ROW("field.use-log", "Use log", "יומן השימושים", "سجل الاستخدام", "Journal d’utilisation", "Registro de usos"),
	ROW("field.valid-until", "Valid until", "בתוקף עד", "صالح حتى", "Valable jusqu’au", "Válida hasta"),
	ROW("field.verdict", "Verdict", "מסקנה", "الحكم", "Verdict", "Veredicto"),
	ROW("field.version", "Version", "גרסה", "الإصدار", "Version", "Versión"),
};
/* clang-format on */

bool message_language(const char *code, enum message_language *out)
{
	for (unsigned i = 0; i < MESSAGE_LANGUAGES; i++)
		if (strcmp(code, message_languages[i]) == 0) {
			*out = (enum message_language)i;
			return true;
		}
	return false;
}

bool message_is_rtl(enum message_language language)
{
	return language == HEBREW || language == ARABIC;
}

const char *message_key(size_t which)
{
	return which < sizeof table / sizeof *table ? table[which].key : NULL;
}

const char *message(enum message_language language, const char *key)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(table[i].key, key) == 0)
			return table[i].words[language];
	return NULL;
}

const char *message_name(struct arena *arena, enum message_language language, const char *group,
                         const char *name)
{
	const char *words = message(language, arena_printf(arena, "%s.%s", group, name));
	if (words != NULL)
		return words;
	char *own = arena_copy(arena, name, strlen(name));
	for (char *c = own; *c != 0; c++)
		*c = *c == '-' ? ' ' : *c;
	own[0] = (char)toupper((unsigned char)own[0]);
	return own;
}

const char *message_with(struct arena *arena, enum message_language language, const char *key,
                         const char *first, const char *second)
{
	struct buffer out = {.arena = arena};
	const char *words = message(language, key);
	assert(words != NULL);
	for (; *words != 0; words++) {
		bool is_place = *words == '%' && (words[1] == '1' || words[1] == '2');
		if (is_place)
			buffer_text(&out, *++words == '1' ? first : second);
		else
			buffer_u8(&out, (uint8_t)*words);
	}
	return buffer_cstr(&out);
}
