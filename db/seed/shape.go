package seed

// shapes has the SVG of each shape, standing on a table at height 500, in the colours of a tint.
var shapes = map[string]string{
	"jacket": `<path fill="{s}" d="M190 180 110 420l62 24 50-150zM410 180l80 240-62 24-50-150z"/>
<path fill="{m}" d="M230 140h140l50 42-16 308H196l-16-308z"/><path fill="{s}" d="M240 140c10-46 110-46 120 0l-60 46z"/>
<path stroke="{a}" stroke-width="6" d="M300 186v304"/><path stroke="{l}" stroke-width="6" d="m218 372 52 14m112-14-52 14"/><path fill="{s}" d="M194 470h212v20H194z"/>`,
	"sweater": `<path fill="{s}" d="M192 180 120 440l58 16 56-170zM408 180l72 260-58 16-56-170z"/>
<path fill="{m}" d="M236 150h128l48 34-10 306H198l-10-306z"/><path fill="{s}" d="M250 150c12 44 88 44 100 0l10 6c-16 58-104 58-120 0z"/>
<path fill="none" stroke="{l}" stroke-width="5" stroke-dasharray="14 10" d="M200 250h200M200 280h200M202 310h196"/><path fill="{s}" d="M198 466h204v24H198z"/>`,
	"shirt": `<path fill="{s}" d="m200 172-84 96 54 48 46-48zM400 172l84 96-54 48-46-48z"/><path fill="{m}" d="M244 150h112l50 26-8 314H202l-8-314z"/>
<path fill="{l}" d="M244 150c14 44 98 44 112 0l-14-4c-14 28-70 28-84 0z"/><path fill="{s}" d="M330 250h48v50h-48z"/><path stroke="{a}" stroke-width="4" d="M330 262h48"/>`,
	"trousers": `<path fill="{m}" d="M216 130h168l24 366h-78l-30-250-30 250h-78z"/><path fill="{s}" d="M216 130h168l2 30H214zM206 330l76-4-4 44-74 4zM394 330l-76-4 4 44 74 4z"/>
<path stroke="{a}" stroke-width="6" d="M292 134h16v22h-16z" fill="none"/>`,
	"beanie": `<path fill="{m}" d="M160 400c0-170 60-230 140-230s140 60 140 230z"/><path stroke="{s}" stroke-width="6" fill="none" d="M230 396c0-120 20-190 50-222M370 396c0-120-20-190-50-222M300 396V172"/>
<rect x="146" y="386" width="308" height="74" rx="18" fill="{s}"/><path stroke="{m}" stroke-width="6" d="M186 390v66m38-66v66m38-66v66m38-66v66m38-66v66m38-66v66m38-66v66"/><path fill="{a}" d="M388 404h34v38h-34z"/>`,
	"sock": `<path fill="{m}" d="M220 120h110v220l96 72c40 34 14 84-34 84H272c-60 0-70-40-62-90z"/><path fill="{s}" d="M220 120h110v52H220zM426 412c40 34 14 84-34 84h-26c-6-40 16-76 42-98z"/>
<path fill="{a}" d="M214 360c40 0 70 24 74 60l-60 60c-22-18-24-44-18-74z"/><path stroke="{l}" stroke-width="8" d="M220 200h110M220 224h110"/>`,
	"glove": `<path fill="{m}" d="M220 470V300l-40-70c-10-22 22-40 36-20l36 50V150c0-26 38-26 38 0v90-118c0-26 40-26 40 0v118-104c0-26 38-26 38 0v112-70c0-24 34-24 34 0v150c0 60-14 92-22 142z"/>
<rect x="208" y="440" width="184" height="56" rx="10" fill="{s}"/><path fill="{a}" d="M260 320c40-20 90-20 120 6l-8 60c-40 16-80 14-110-4z" opacity=".8"/>`,
	"boot": `<path fill="{m}" d="M220 140h130l6 190 100 44c24 12 30 40 28 76H208z"/><path fill="{s}" d="M200 446h288v34c0 10-6 16-16 16H216c-10 0-16-6-16-16zM220 140h130v34H220z"/>
<path stroke="{a}" stroke-width="8" stroke-linecap="round" d="m290 210 60 12m-60 26 62 12m-60 26 66 14m-56 24 72 20"/><path fill="{l}" d="M400 350c34 14 70 20 80 60-30-6-70-20-80-60z"/>`,
	"pack": `<path fill="none" stroke="{s}" stroke-width="16" d="M266 150c0-50 68-50 68 0"/><rect x="180" y="150" width="240" height="346" rx="54" fill="{m}"/>
<path fill="{s}" d="M180 240v-36c0-30 24-54 54-54h132c30 0 54 24 54 54v36c-60 36-180 36-240 0z"/><rect x="216" y="330" width="168" height="120" rx="22" fill="{l}"/>
<path stroke="{a}" stroke-width="12" d="M250 226v96m100-96v96"/><path stroke="{s}" stroke-width="6" d="M216 362h168"/>`,
	"tent": `<path fill="{m}" d="M300 170 80 492h440z"/><path fill="{s}" d="M300 170 420 492h100z"/><path fill="{a}" d="m300 250-74 242h148z"/><path fill="{s}" d="m300 250-74 242h66z" opacity=".85"/>
<path stroke="{l}" stroke-width="5" d="M300 170 56 496M300 170l244 326M300 170v-34"/>`,
	"sleepingbag": `<path fill="{m}" d="M190 210c0-90 220-90 220 0l20 190c4 70-40 96-130 96s-134-26-130-96z"/><path fill="{s}" d="M222 214c0-60 156-60 156 0 0 50-156 50-156 0z"/><ellipse cx="300" cy="216" rx="56" ry="26" fill="{l}"/>
<path fill="none" stroke="{s}" stroke-width="6" d="M184 290c60 24 172 24 232 0M178 350c64 24 180 24 244 0M172 410c66 24 190 24 256 0"/><path stroke="{a}" stroke-width="6" d="M300 250v246"/>`,
	"mat": `<rect x="140" y="250" width="330" height="246" rx="20" fill="{m}"/><path stroke="{s}" stroke-width="7" d="M150 300h310M150 350h310M150 400h310M150 450h310"/>
<circle cx="186" cy="300" r="84" fill="{s}"/><circle cx="186" cy="300" r="58" fill="{l}"/><circle cx="186" cy="300" r="34" fill="{m}"/><path fill="{a}" d="M430 250h22v246h-22z"/>`,
	"cushion": `<path fill="{m}" d="M130 220c60 20 280 20 340 0-18 80-18 180 0 264-60-18-280-18-340 0 18-84 18-184 0-264z"/><path fill="none" stroke="{l}" stroke-width="6" d="M172 250c60 12 196 12 256 0-10 60-10 140 0 202-60-12-196-12-256 0 10-62 10-142 0-202z"/>
<circle cx="300" cy="352" r="12" fill="{a}"/><path stroke="{s}" stroke-width="5" d="m300 352-52-46m52 46 52-46m-52 46-52 46m52-46 52 46"/>`,
	"stove": `<path fill="#e08a3c" d="M300 150c46 60 66 84 40 140h-84c-20-50 26-70 44-140z"/><path fill="#f4cf6d" d="M300 210c22 36 30 50 16 84h-36c-10-28 10-42 20-84z"/>
<path fill="{m}" d="M190 280h220l22 216H168z"/><path fill="{s}" d="M180 270h240v26H180zM232 380h136v84H232z"/><path fill="{a}" d="M262 452c0-40 20-30 34-60 20 30 40 26 40 60z"/><g fill="{l}"><circle cx="230" cy="336" r="10"/><circle cx="276" cy="336" r="10"/><circle cx="322" cy="336" r="10"/><circle cx="368" cy="336" r="10"/></g>`,
	"pot": `<path fill="none" stroke="{s}" stroke-width="9" d="M170 260c0-150 260-150 260 0"/><path fill="{m}" d="M170 260h260v186c0 30-20 50-50 50H220c-30 0-50-20-50-50z"/><path fill="{s}" d="M156 240h288v30H156z"/>
<circle cx="300" cy="226" r="18" fill="{a}"/><path stroke="{l}" stroke-width="5" d="M200 330h40m-40 40h24m-24 40h40m-40 40h24"/>`,
	"mug": `<path fill="none" stroke="{s}" stroke-width="28" d="M390 290c100-10 100 130 0 120"/><path fill="{m}" d="M180 220h220v216c0 36-24 60-60 60H240c-36 0-60-24-60-60z"/><ellipse cx="290" cy="220" rx="110" ry="24" fill="{l}"/><ellipse cx="290" cy="222" rx="92" ry="16" fill="#4a3226"/>
<path fill="{s}" d="M180 400h220v36c0 36-24 60-60 60H240c-36 0-60-24-60-60z"/><path fill="none" stroke="#fff" opacity=".55" stroke-width="8" stroke-linecap="round" d="M256 176c-18-26 18-36 0-64m68 64c-18-26 18-36 0-64"/>`,
	"bowl": `<path fill="{m}" d="M120 300h360c0 110-70 170-120 180v16H240v-16c-50-10-120-70-120-180z"/><ellipse cx="300" cy="300" rx="180" ry="40" fill="{l}"/><ellipse cx="300" cy="304" rx="152" ry="28" fill="#c86f3d"/>
<path fill="{s}" d="M140 372c80 30 240 30 320 0-20 70-66 102-100 108v16H240v-16c-34-6-80-38-100-108z"/><g fill="#7d8a4b"><circle cx="260" cy="302" r="10"/><circle cx="316" cy="312" r="8"/><circle cx="352" cy="298" r="9"/></g>`,
	"lantern": `<path fill="none" stroke="{s}" stroke-width="12" d="M230 210c0-110 140-110 140 0"/><path fill="{m}" d="M220 200h160l20 50H200zM190 440h220v56H190z"/><path fill="#fbe7ae" d="M212 250h176l10 190H202z"/><ellipse cx="300" cy="350" rx="52" ry="70" fill="#f6c95c"/>
<path stroke="{s}" stroke-width="9" d="M212 250 202 440m186-190 10 190M300 250v190"/><circle cx="300" cy="468" r="13" fill="{a}"/>`,
	"knife": `<g transform="rotate(-28 300 340)"><path fill="#cfd6da" d="M300 300h190c30 0 50 26 50 50H300z"/><path fill="#aeb8bd" d="M300 334h238l2 16H300z"/><path fill="{m}" d="M70 306c0-20 20-28 40-22l192 14v54l-182 18c-40 4-50-30-50-64z"/><path fill="{s}" d="M80 340c30 20 150 6 222-4v16l-182 18c-26 2-38-12-40-30z"/>
<circle cx="130" cy="326" r="9" fill="{l}"/><circle cx="206" cy="328" r="9" fill="{l}"/><path fill="{a}" d="M282 296h22v58h-22z"/></g>`,
	"bottle": `<path fill="{s}" d="M250 96h100c10 0 16 8 16 18v70H234v-70c0-10 6-18 16-18z"/><path fill="{m}" d="M234 184h132c26 20 34 44 34 76v196c0 24-14 40-38 40H238c-24 0-38-16-38-40V260c0-32 8-56 34-76z"/>
<path fill="{l}" d="M220 250c0-20 6-34 18-44h14c-8 60-8 160 0 262h-16c-10 0-16-8-16-20z"/><path fill="{a}" d="M200 380h200v18H200z"/>`,
	"board": `<g transform="rotate(12 300 320)"><path fill="{m}" d="M210 220h180c22 0 36 14 36 36v200c0 22-14 36-36 36H210c-22 0-36-14-36-36V256c0-22 14-36 36-36z"/><path fill="{m}" d="M262 224c0-40 8-60 8-100 0-30 60-30 60 0 0 40 8 60 8 100z"/><circle cx="300" cy="130" r="11" fill="#f4f0e8"/>
<path fill="none" stroke="{s}" stroke-width="5" d="M214 230c10 80-20 160 0 254m56-260c-14 100 26 150 6 266m56-266c20 90-24 170 0 266m54-256c-8 90 14 150 0 250"/></g>`,
	"blanket": `<path fill="{m}" d="M130 270c0-20 14-34 34-34h272c20 0 34 14 34 34v64H130z"/><path fill="{l}" d="M130 326h340v62H130z"/><path fill="{m}" d="M130 384h340v112H150c-12 0-20-8-20-20z"/><path fill="{s}" d="M130 318h340v14H130zM130 380h340v14H130zM130 440h340v10H130z"/>
<path stroke="{a}" stroke-width="7" d="M180 236v260m30-260v260"/><path stroke="{s}" stroke-width="5" d="M440 496v22m-24-22v22m-24-22v22m-24-22v22m-24-22v22m-24-22v22m-24-22v22m-24-22v22"/>`,
	"candle": `<path fill="#f1a33c" d="M300 150c30 44 36 70 0 92-36-22-30-48 0-92z"/><path stroke="#4a3226" stroke-width="6" d="M300 234v30"/><path fill="#f7efdc" d="M206 262h188v60H206z"/><path fill="{m}" d="M190 300h220v166c0 20-12 30-30 30H220c-18 0-30-10-30-30z"/>
<path fill="{l}" d="M210 300h30v196h-20c-8 0-10-8-10-20z"/><path fill="{a}" d="M250 360h110v80H250z"/><path stroke="{s}" stroke-width="5" d="M270 388h70m-60 24h50"/>`,
	"soap": `<path fill="#d9d2c4" d="M120 440h360l-30 56H150z"/><rect x="160" y="300" width="280" height="150" rx="44" fill="{m}"/><rect x="186" y="322" width="228" height="84" rx="30" fill="{l}"/><path fill="none" stroke="{s}" stroke-width="7" stroke-linecap="round" d="m300 332-30 30h60zm0 26-38 38h76z"/>
<g fill="#fff" opacity=".75"><circle cx="180" cy="270" r="20"/><circle cx="222" cy="232" r="13"/><circle cx="414" cy="262" r="16"/></g>`,
	"box": `<path fill="{m}" d="M130 290h340v206H130z"/><path fill="{l}" d="M130 290 170 220h260l40 70z"/><path fill="{a}" d="M282 220h36v276h-36z"/><path fill="{s}" d="M130 290h340v18H130z"/><path fill="none" stroke="{a}" stroke-width="12" d="M300 220c-70-10-80-74-40-74 30 0 40 40 40 74zm0 0c70-10 80-74 40-74-30 0-40 40-40 74z"/>`,
	"book": `<g transform="rotate(-6 300 330)"><path fill="{s}" d="M170 150h250v346H170z"/><path fill="#f7f2e6" d="M186 158h244v330H186z"/><path fill="{m}" d="M160 146h246c12 0 20 8 20 20v316H160z"/><path fill="{s}" d="M160 146h34v336h-34z"/>
<path fill="{l}" d="m220 380 66-110 44 66 24-34 46 78z"/><circle cx="356" cy="246" r="22" fill="{a}"/><path stroke="{a}" stroke-width="9" d="M226 420h160m-160 26h100"/></g>`,
	"jar": `<path fill="#cfd9d6" d="M190 220h220c20 20 26 40 26 70v156c0 30-20 50-50 50H214c-30 0-50-20-50-50V290c0-30 6-50 26-70z"/><path fill="{m}" d="M178 300h244v146c0 24-14 38-36 38H214c-22 0-36-14-36-38z"/><path fill="{s}" d="M196 160h208v56H196z"/><path fill="#f7f2e6" d="M212 340h176v96H212z"/>
<path stroke="{a}" stroke-width="9" d="M236 372h128m-104 28h80"/><path fill="#fff" opacity=".5" d="M196 250h20v210h-20z"/>`,
	"voucher": `<g transform="rotate(-8 300 330)"><path fill="{m}" d="M90 230h420v70a34 34 0 0 0 0 68v70H90v-70a34 34 0 0 0 0-68z"/><path stroke="{a}" stroke-width="5" stroke-dasharray="12 10" d="M390 236v196"/><path fill="{l}" d="M130 270h220v24H130zM130 318h160v14H130zM130 352h190v14H130z"/>
<path fill="none" stroke="{a}" stroke-width="12" stroke-linecap="round" d="m424 372 44-66m-46 4 48 60"/></g>`,
	"tote": `<path fill="none" stroke="{s}" stroke-width="18" d="M220 250c0-160 160-160 160 0"/><path fill="{m}" d="M150 240h300l20 256H130z"/><path fill="{s}" d="M150 240h300l3 34H147z"/>
<path fill="none" stroke="{a}" stroke-width="7" stroke-linejoin="round" d="m210 430 62-104 40 62 26-38 54 80z"/><circle cx="356" cy="330" r="14" fill="{a}"/><path stroke="{l}" stroke-width="4" stroke-dasharray="10 8" d="M152 282h296"/>`,
	"bivvy": `<path fill="{m}" d="M70 440c10-60 90-90 180-96 70-4 90-84 150-84 70 0 110 90 120 236H110c-30 0-46-20-40-56z"/><path fill="{s}" d="M400 260c70 0 110 90 120 236h-90c10-80-4-190-30-236z"/>
<path fill="#2b3038" opacity=".75" d="M414 300c44 24 66 96 72 176h-44c2-60-8-130-28-176z"/><path fill="none" stroke="{a}" stroke-width="8" d="M360 496c-40-110-20-236 40-236s110 90 120 236"/>
<path fill="none" stroke="{s}" stroke-width="5" d="M96 420c60-40 160-50 250-50M84 462c80-30 180-38 270-36"/><path stroke="{l}" stroke-width="5" d="m92 470-40 26M400 260l-60-60"/>`,
	"towel": `<path fill="{l}" d="M170 170h200l10 300c-40 14-160 14-220 0z"/><path fill="{m}" d="M210 150h220l-6 320c-60 16-150 16-208 0z"/><path fill="{s}" d="M210 150h220l-1 26H210zM213 400h213v14H213zM214 428h211v8H214zM212 210h215v10H212z"/>
<path fill="none" stroke="{a}" stroke-width="8" d="M306 150c-6-44 34-44 28 0"/><path stroke="{s}" stroke-width="4" d="M222 470v20m16-18v20m16-18v20m16-18v20m16-18v20m16-18v20m16-18v20m16-18v20m16-18v20m16-18v20m16-18v20m16-18v20"/>`,
	"matches": `<path fill="#e6d9bd" d="M170 250h300v180H170z"/><path fill="{s}" d="M150 270h300v190H150z"/><path fill="{m}" d="M130 290h300v206H130z"/><path fill="{l}" d="M150 314h260v130H150z"/><path fill="#4a3a30" d="M130 462h300v24H130z"/>
<path fill="{a}" d="m210 430 56-96 34 54 22-32 50 74z"/><g stroke="#ead9b0" stroke-width="9" stroke-linecap="round"><path d="m300 284-34-110M330 284l6-124M362 284l40-104"/></g><g fill="#a8402c"><ellipse cx="264" cy="168" rx="10" ry="15"/><ellipse cx="337" cy="154" rx="10" ry="15"/><ellipse cx="405" cy="174" rx="10" ry="15"/></g>`,
	"parka": `<path fill="{s}" d="M186 190 104 410l60 26 54-150zM414 190l82 220-60 26-54-150z"/><path fill="{m}" d="M226 152h148l50 44-14 300H190l-14-300z"/><path fill="{s}" d="M232 152c0-76 136-76 136 0-20 44-116 44-136 0z"/><path fill="{l}" d="M254 150c0-44 92-44 92 0-16 28-76 28-92 0z"/>
<path fill="{s}" d="M206 330h188v96H206z"/><path stroke="{a}" stroke-width="7" d="M206 334h188M300 186v90"/><path fill="{a}" d="M292 270h16v22h-16z"/><path fill="{l}" d="M214 346h172v8H214z"/><path fill="{s}" d="M188 474h224v22H188z"/>`,
}
