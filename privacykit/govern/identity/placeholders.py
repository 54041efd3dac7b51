"""Words that stand in a column where nothing is known, in the languages of its writers. Pure."""

from __future__ import annotations

from privacykit.govern.identity.spelling import compact

_TEXT = """
na nan none null nil nill void unknown undefined missing empty blank notavailable notapplicable
notprovided notknown notset notgiven nodata novalue nothing noemail nomail nophone noname nonumber
noaddress anonymous anon anonymised anonymized deleted removed erased redacted withheld
test tests tester testing testuser dummy sample example placeholder default todo tbd tba tbc fixme
nobody noone someone somebody guest invalid asdf qwerty foo bar foobar xyz abc true false yes no
noreply donotreply mailerdaemon
unbekannt unbekannte keine keiner keines keinen kein leer nichtvorhanden nichtbekannt nichtangegeben
keineangabe keineangaben keinemail keinetelefonnummer ka entfallt entfaellt ohne fehlt niemand
geloscht geloescht anonym nichts nn
inconnu inconnue aucun aucune neant vide nonrenseigne nonrenseignee nonapplicable noncommunique nc
sansobjet indisponible anonyme supprime supprimee
desconocido desconocida ninguno ninguna nada vacio vacia nodisponible noaplica sinemail sincorreo
sintelefono sindatos nadie nulo anonimo eliminado notiene
sconosciuto sconosciuta nessuno nessuna vuoto vuota nondisponibile nonapplicabile assente ignoto
ignota nd cancellato
desconhecido desconhecida nenhum nenhuma vazio naoinformado naopossui naotem semtelefone sememail
ninguem naoaplicavel
onbekend geen leeg nvt nietbekend nietvantoepassing niemand verwijderd anoniem
brak nieznany nieznana nieznane niedotyczy pusty nikt niepodano usuniety
neznamy neznama zadny zadna neuvedeno neni neznamo prazdne smazano
okand ingen saknas ukjent ukendt ejangivet ikkeoppgitt ikkeoplyst tomt
tuntematon eiole puuttuu eitiedossa tyhja eitietoa
necunoscut necunoscuta niciunul lipsa niciuna
ismeretlen nincs ures nincsmegadva
bilinmiyor yok bos belirtilmemis belirtilmedi
nepoznato nepoznat nema neznano
khongco khongro khong tidakada tidakdiketahui kosong takdiketahui
неизвестно неизвестный неизвестен нет отсутствует пусто нетданных неуказано неуказан нд аноним
невідомо немає відсутній невідомий порожньо неизвестна няма неизвестен
αγνωστο αγνωστος κανενα κανενασ κενο δενυπαρχει
なし 無し 不明 未定 無 未入力 未設定 該当なし 匿名 ナシ
无 未知 不详 不詳 没有 沒有 暂无 空 未填 未提供 不明确 不適用 不适用
없음 미상 알수없음 무 해당없음 익명
غيرمعروف لايوجد مجهول فارغ لاشيء غيرمتوفر
לאידוע אין ריק לאקיים
अज्ञात नहीं कोईनहीं लागूनहीं
ไม่มี ไม่ทราบ ไม่ระบุ
"""
"""Without accents, spaces and punctuation; compared as :func:`compact` writes."""

_MAIL_DOMAINS = """
none null nil na nan unknown noemail nomail noreply nowhere invalid test undefined keine kein
nothing nobody
"""
"""First label of a domain that no mail goes to."""

_MAIL_ROLES = "noreply donotreply nobody mailerdaemon noemail nomail"
"""A mailbox that begins so is nobody's, whatever follows."""


WORDS = frozenset(map(compact, _TEXT.split()))
MAIL_DOMAINS = frozenset(map(compact, _MAIL_DOMAINS.split()))
MAIL_ROLES = tuple(_MAIL_ROLES.split())
