"""
Hosts that channels are told by: assistants, mail, videos, social networks, shops, search. Pure.

Data, made by `tests/collect/sources_from_data.py` from public-domain lists (CC0, kept with their
licence in `tests/data/channels`) and additions of ours. A name, a colon, its hosts, a bar; a star
stands for any country's domain at the end and for any subdomain at the beginning. It is a module
and no file beside one, because the core reads no files.
"""

from __future__ import annotations

AI = """
Baidu AI: ai.baidu.com yiyan.baidu.com | Chat+: chat-gpt.org chatplus.com | ChatGLM: chatglm.cn |
ChatGPT: chat.com chat.openai.com chatgpt.com labs.openai.com | Claude: claude.ai claude.com |
Deepseek: chat.deepseek.com | Duck.ai: duck.ai | Google Gemini: bard.google.com gemini.google.com |
Grok: grok.com | iAsk: iask.ai | Jasper: app.jasper.ai | Le Chat: chat.mistral.ai | Meta AI:
meta.ai | Microsoft Copilot: copilot.cloud.microsoft copilot.microsoft.com | NotebookLM:
notebooklm.google.com | Perplexity: perplexity.ai pplx.ai | Phind: phind.com | Poe: poe.com | Qwen:
chat.qwen.ai | Writesonic: app.writesonic.com | You: you.com
"""

EMAIL = """
AOL Mail: mail.aol.com | Fastmail: app.fastmail.com | Gmail: com.google.android.gm mail.google.com
| GMX: bap.navigator.gmx.net navigator.gmx.net | iCloud Mail: mail.icloud.com | Mail.ru: e.mail.ru
| Outlook: outlook.live.com outlook.office.com outlook.office365.com | Proton Mail: mail.proton.me
| QQ Mail: mail.qq.com | Tuta: app.tuta.com mail.tutanota.com | WEB.DE: navigator.web.de | Yahoo!
Mail: *.mail.yahoo.com mail.yahoo.* | Yandex Mail: mail.yandex.* | Zoho Mail: mail.zoho.com
mail.zoho.eu
"""

VIDEO = """
Dailymotion: dailymotion.com | Disney+: disneyplus.com | Netflix: netflix.com | Niconico:
nicovideo.jp | Odysee: odysee.com | PeerTube: joinpeertube.org | Rumble: rumble.com | Twitch:
twitch.tv | Vimeo: vimeo.com | YouTube: com.google.android.youtube youtu.be youtube-nocookie.com
youtube.com
"""

SOCIAL = """
Badoo: badoo.com | Bebo: bebo.com | bilibili: bilibili.com | BlackPlanet: blackplanet.com |
Bluesky: bsky.app skyfeed.app | Buzznet: buzznet.com | Classmates.com: classmates.com | Cyworld:
global.cyworld.com | Discord: discord.com discord.gg discordapp.com | Douban: douban.com | Douyin:
douyin.com | Douyu: douyu.com | Dribbble: dribbble.com | Facebook: com.facebook.katana facebook.com
fb.com fb.me l.facebook.com m.facebook.com | Fetlife: fetlife.com | Flickr: flickr.com | Flixster:
flixster.com | Fotolog: fotolog.com | Foursquare: foursquare.com | Friends Reunited:
friendsreunited.com | Friendster: friendster.com | Gaia Online: gaiaonline.com | Geni.com: geni.com
| GitHub: github.com | Google+: com.google.android.apps.plus plus.google.com url.google.com | gree:
gree.jp | Haboo: habbo.com | Hacker News: news.ycombinator.com | hi5: hi5.com | Huya: huya.com |
Hyves: hyves.nl | identi.ca: identi.ca | Instagram: com.instagram.android instagram.com
l.instagram.com | lang-8: lang-8.com | Last.fm: last.fm lastfm.com.br lastfm.com.tr lastfm.de
lastfm.es lastfm.fr lastfm.it lastfm.jp lastfm.pl lastfm.ru lastfm.se | Lemmy: lemmy.ml lemmy.world
| LinkedIn: com.linkedin.android linkedin.android linkedin.com lnkd.in | LiveJournal:
livejournal.com livejournal.ru | Mastodon: bitcoinhackers.org botsin.space c.im chaos.social
cybre.space fosstodon.org friends.nico front-end.social graphics.social hachyderm.io
indieweb.social knzk.me mamot.fr mas.to masto.ai mastodon.art mastodon.at mastodon.cloud
mastodon.eus mastodon.jalgi.eus mastodon.nz mastodon.online mastodon.scot mastodon.social
mastodon.technology mastodon.world mastodon.xyz mastodonapp.uk mastodont.cat mstdn.io mstdn.jp
mstdn.party mstdn.social newsie.social ohai.social org.joinmastodon.android pawoo.net quey.org
ro-mastodon.puyo.jp sfba.social social.tchncs.de social.vivaldi.net tkm.eus toot.community
typo.social universeodon.com vis.social | MeinVZ: meinvz.net | Messenger: m.me messenger.com |
MissEvan: missevan.com | Mixi: mixi.jp | MoiKrug.ru: moikrug.ru | Multiply: multiply.com |
my.mail.ru: my.mail.ru | MyHeritage: myheritage.com | MyLife: mylife.ru | Myspace: myspace.com |
myYearbook: myyearbook.com | Nasza-klasa.pl: nk.pl | Netlog: netlog.com | Nextdoor: nextdoor.com |
Odnoklassniki: odnoklassniki.ru | Orkut: orkut.com | Ozone: qzone.qq.com | Peepeth: peepeth.com |
Pinterest: at.pinterest.com ch.pinterest.com cl.pinterest.com co.pinterest.com dk.pinterest.com
es.pinterest.com hu.pinterest.com id.pinterest.com ie.pinterest.com in.pinterest.com
it.pinterest.com kr.pinterest.com mx.pinterest.com nl.pinterest.com nz.pinterest.com
ph.pinterest.com pinterest.ca pinterest.ch pinterest.co.uk pinterest.com pinterest.com.au
pinterest.de pinterest.dk pinterest.es pinterest.fr pinterest.ie pinterest.info pinterest.jp
pinterest.nz pinterest.pt pinterest.se pt.pinterest.com ru.pinterest.com se.pinterest.com |
Pixelfed: metapixl.com pix.toot.wales pixelfed.de pixelfed.social pixelfed.uno pixey.org pxlmo.com
| Plaxo: plaxo.com | Product Hunt: producthunt.com | Quora: quora.com | reddit:
com.reddit.frontpage np.reddit.com pay.reddit.com reddit.com | Renren: renren.com | Skyrock:
skyrock.com | Snapchat: com.snapchat.android snapchat.com | Sonico.com: sonico.com | SoundCloud:
gate.sc soundcloud.com | Sourceforge: sourceforge.net | StackOverflow: stackoverflow.com | StudiVZ:
studivz.net | StumbleUpon: stumbleupon.com | Tagged: login.tagged.com | Taringa!: taringa.net |
Telegram: org.telegram.messenger t.me telegram.org web.telegram.org | Threads: l.threads.com
l.threads.net threads.com threads.net | TikTok: com.zhiliaoapp.musically tiktok.com | Tuenti:
tuenti.com | tumblr: t.umblr.com tumblr.com | Twitcast: twitcasting.tv | V2EX: v2ex.com | Viadeo:
viadeo.com | Vkontakte: vk.com vkontakte.ru | vkrugudruzei.ru: vkrugudruzei.ru | WAYN: wayn.com |
WeChat: channels.weixin.qq.com mp.weixin.qq.com open.weixin.qq.com wechat.com | WeeWorld:
weeworld.com | Weibo: t.cn weibo.com | WhatsApp: com.whatsapp wa.me whatsapp.com | Windows Live
Spaces: login.live.com | Workplace: l.workplace.com lm.workplace.com workplace.com | X (Twitter):
t.co twitter.com x.com | Xanga: xanga.com | XING: xing.com
"""

SHOPPING = """
Alibaba: alibaba.com | AliExpress: aliexpress.* | Allegro: allegro.pl | Amazon: amazon.* | bol.com:
bol.com | eBay: ebay.* | Etsy: etsy.com | Google Shopping: shopping.google.* | idealo: idealo.* |
Mercado Libre: mercadolibre.* mercadolibre.com mercadolivre.com.br | Rakuten: rakuten.co.jp
rakuten.com | Shein: shein.com | Shopify: shop.app shopify.com | Temu: temu.com | Walmart:
walmart.com | Zalando: zalando.*
"""

REFERRAL = """
Linktree: linktr.ee | Microsoft 365: office.com officeapps.live.com sharepoint.com | Wikipedia:
wikipedia.org
"""

SEARCH = """
1.cz: 1.cz | 118 700: 118700.se foretag.118700.se webben.118700.se | 123people: 123people.*
123people.com | 360search: m.so.com so.360.cn so.com sou.com | Abacho: abacho.at abacho.ch
abacho.co.uk abacho.com abacho.de abacho.es abacho.fr abacho.it se.abacho.com tr.abacho.com |
ABCsøk: abcsok.no verden.abcsok.no | Acoon: acoon.de | Aguea: chercherfr.aguea.com | Alice Adsl:
rechercher.aliceadsl.fr | All.by: all.by | Allaverksamheter: allaverksamheter.se | Allesklar:
allesklar.at allesklar.ch allesklar.de | AllTheInternet: alltheinternet.com | AllTheWeb:
alltheweb.com | AlohaFind: alohafind.com | AltaVista: *.altavista.com altavista.com altavista.de
altavista.fr be-fr.altavista.com be-nl.altavista.com listings.altavista.com search.altavista.com |
AOL: aim.search.aol.com alicesuche.aol.de alicesuchet.aol.de aolbusqueda.aol.com.mx
aolimages.aol.fr aolrecherche.aol.fr aolrecherches.aol.fr aolsearch.aol.co.uk aolsearch.aol.com
de.aolsearch.com find.web.aol.com o2suche.aol.de recherche.aol.ca recherche.aol.fr
search-intl.netscape.com search.aol.co.uk search.aol.com search.aol.it search.hp.my.aol.com.au
search.hp.my.aol.de search.hp.my.aol.it suche.aol.de suche.aolsvc.de sucheaol.aol.de suchet2.aol.de
| Apollo7: apollo7.de | Aport: sm.aport.ru | Arama: arama.com | Arcor: arcor.de | Arianna:
arianna.com arianna.libero.it | Ask: *.ask.com *.qbyrd.com *.search-results.com *.search.ask.com
ask.co.uk ask.com askkids.com avira-int.ask.com avira.search.ask.com images.ask.com int.ask.com
int.search-results.com int.search.tb.ask.com iwon.ask.com mws.ask.com nortonsafe.search.ask.com
qbyrd.com search-results.com search.ask.com search.tb.ask.com searchqu.com web.ask.com
www1.search-results.com | Atlas: searchatlas.centrum.cz | auone: search.auone.jp sp-search.auone.jp
sp-web.search.auone.jp | auone Images: sp-image.search.auone.jp | Austronaut: www1.austronaut.at
www2.austronaut.at | Avira SafeSearch: safesearch.avira.com search.avira.com search.avira.net |
Babylon: search.babylon.com searchassist.babylon.com | Baidu: baidu.co.th baidu.com m.baidu.com
news.baidu.com tieba.baidu.com www1.baidu.com zhidao.baidu.com | Biglobe: cgi.search.biglobe.ne.jp
| Biglobe Images: images.search.biglobe.ne.jp | Bing: *.bing.com bing.com cc.bingj.com
global.bing.com | blekko: blekko.com | Blogdigger: blogdigger.com | Blogpulse: blogpulse.com |
Bluewin: search.bluewin.ch | Brave: search.brave.com | Canoe.ca: web.canoe.ca | Centrum:
morfeo.centrum.cz search.centrum.cz | Charter: charter.net | Claro Search: claro-search.com | Clix:
pesquisa.clix.pt | Comcast: search.comcast.net | Compuserve.com (Enhanced by Google):
websearch.cs.com | Conduit.com: images.search.conduit.com search.conduit.com | Crawler: crawler.com
| Cuil: cuil.com | Cốc Cốc: coccoc.com | Daemon search: daemon-search.com my.daemon-search.com |
DasOertliche: dasoertliche.de www2.dasoertliche.de | DasTelefonbuch: www1.dastelefonbuch.de | Daum:
search.daum.net | Delfi EE: otsing.delfi.ee | Delfi lv: smart.delfi.lv | dir.com: fr.dir.com |
DisconnectSearch: search.disconnect.me | DuckDuckGo: duckduckgo.com html.duckduckgo.com
lite.duckduckgo.com r.duckduckgo.com | Earthlink: search.earthlink.net | Ecosia: ecosia.org | El
Mundo: ariadna.elmundo.es | Eniro: eniro.se | Entireweb: entireweb.com | eo: eo.st | EpicSearch.in:
epicsearch.in | Eurip: eurip.com | Euroseek: euroseek.com | Everyclick: everyclick.com | Exalead:
exalead.com exalead.fr | Excite: msxml.excite.com search.excite.co.uk search.excite.de
search.excite.es search.excite.fr search.excite.it search.excite.nl | Fast Browser Search:
fastbrowsersearch.com | Findhurtig: findhurtig.dk | Fireball: fireball.com fireball.de |
Firstsfind: firstsfind.com | Fixsuche: fixsuche.de | Flix.de: flix.de | Fooooo: search.fooooo.com |
Forestle: *.forestle.org forestle.mobi forestle.org | Francite: recherche.francite.com | Free:
search.free.fr search1-1.free.fr search1-2.free.fr | FreeCause: search.freecause.com | Freenet:
suche.freenet.de | Freespoke: freespoke.com | Frontier: search.frontier.com | GAIS:
gais.cs.ccu.edu.tw | Genieo: search.genieo.com | Geona: geona.net | Gibiru: gibiru.com | Gigablast:
gigablast.com | Gigablast (Directory): dir.gigablast.com | Gnadenmeer: gnadenmeer.de | Gomeo:
gomeo.com | goo: ocnsearch.goo.ne.jp search.goo.ne.jp | Google:
com.google.android.googlequicksearchbox darkoogle.com delta-search.com encrypted.google.com
find.tdc.dk gfsoso.com go.google.com gogole.* gogole.com googel.* googel.com google.* google.com
gooofullsearch.com gppgle.* gppgle.com image.search.smt.docomo.ne.jp ipv6.google.com
isearch.avg.com monumentbrowser.com search.1und1.de search.abv.bg search.alot.com search.avg.com
search.bt.com search.chedot.com search.darkoogle.com search.dolphin-browser.jp search.f-secure.com
search.foxtab.com search.gmx.com search.hiyo.com search.incredibar.com search.incredimail.com
search.juno.com search.leonardo.it search.nan.so search.smt.docomo.ne.jp search.sweetim.com
search.walla.co.il search.xfinity.com search.zonealarm.com search.zum.com search1.incredimail.com
search2.incredimail.com search3.incredimail.com search4.incredimail.com searches.f-secure.com
searches.safehomepage.com searchresults.verizon.com suche.1und1.de suche.gmx.net
www1.delta-search.com www2.google.com wwwgoogle.* wwwgoogle.com | Google Custom Search:
cse.google.* cse.google.com | Google Images: images.google.* images.google.com | Google Scholar:
scholar.google.* scholar.google.com | Google Video: video.google.com | GoYellow.de: goyellow.de |
Gule Sider: gulesider.no | Haosou: haosou.com | HighBeam: highbeam.com | Hit-Parade:
class.hit-parade.com hit-parade.com req.hit-parade.com | Holmes: holmes.ge | Hooseek: hooseek.com |
Hotbot: hotbot.com | I-play: start.iplay.com | Icerocket: blogs.icerocket.com | ICQ: icq.com
search.icq.com | Ilse NL: ilse.nl | iMesh: search.imesh.com | Inbox: www2.inbox.com | info.com:
info.com | InfoSpace: dogpile.com govome.inspsearch.com infospace.com isearch.babylon.com
isearch.glarysoft.com metacrawler.com search.avast.com search.b1.org search.chatzum.com
search.fbdownloader.com search.handycafe.com search.iminent.com search.kiwee.com
search.magentic.com search.searchcompletion.com search.v9.com search.webssearches.com
searches.vi-view.com searches3.globososo.com searchmobileonline.com searchya.com tattoodle.com
utorrent.inspsearch.com webcrawler.com webfetch.com wsdsold.infospace.com | Interia:
google.interia.pl | Isodelen: isodelen.se | IxQuick: eu.ixquick.com ixquick.com ixquick.de
s1-eu.ixquick.de s1.us.ixquick.com s2-eu4.ixquick.com s2.us.ixquick.com s3.us.ixquick.com
s4.us.ixquick.com s5-eu4.ixquick.com s5.us.ixquick.com s8-eu.ixquick.com us.ixquick.com | Jungle
Key: junglekey.com junglekey.fr | Jungle Spider: jungle-spider.de | Junior Safe Search:
juniorsafesearch.com | Jyxo: jyxo.1188.cz | K9 Safe Search: k9safesearch.com | Kagi: kagi.com |
KARMA: karmasearch.org | Kataweb: kataweb.it | Kensaq: kensaq.com | Kvasir: kvasir.no | La Toile Du
Québec (Google): toile.com web.toile.com | Laban: laban.vn | Latne: latne.lv | Lilo:
search.lilo.org | Lo.st: lo.st | Local Moxie: localmoxie.com | LookAny: lookany.com | Lookseek:
search.lookseek.com | Looksmart: looksmart.com | Lycos: lycos.* search.lycos.com | maailm.com:
maailm.com | Mailru: go.mail.ru | Mamma: mamma.com mamma75.mamma.com | Meinestadt.de: meinestadt.de
| Meta.ua: meta.ua | MetaCrawler DE: s1.metacrawler.de s2.metacrawler.de s3.metacrawler.de |
Metager: meta.rrzn.uni-hannover.de metager.de | Metager2: metager2.de | Mojeek: mojeek.com |
Monstercrawler: monstercrawler.com | mozbot: mozbot.co.uk mozbot.com mozbot.fr | MyPrivateSearch:
myprivatesearch.com | MyWebSearch: kf.mysearch.myway.com ki.mysearch.myway.com ms114.mysearch.com
ms146.mysearch.com mysearch.com search.myway.com search.mywebsearch.com | Najdi.si: najdi.si |
Nate: search.nate.com | Naver: search.naver.com | Needtofind: ko.search.need2find.com | Neti:
neti.ee | Nifty: search.azby.fmworld.net search.nifty.com | Nifty Videos: videosearch.nifty.com |
Nigma: nigma.ru | OceanHero: oceanhero.today | Onet.pl: szukaj.onet.pl | Online.no: online.no |
OnlySearch: only-search.com | Opplysningen 1881: 1881.no | Orange: busca.orange.es
lemoteur.ke.voila.fr lemoteur.orange.fr | Paperball: paperball.de | PeopleCheck:
extern.peoplecheck.de | PeoplePC: search.peoplepc.com | Picsearch: picsearch.com | Plazoo:
plazoo.com | PlusNetwork: plusnetwork.com | Poisk.Ru: poisk.ru | Presearch: presearch.com |
PrivacyWall: privacywall.org | qip.ru: search.qip.ru | Qualigo: qualigo.at qualigo.ch qualigo.de
qualigo.nl | Quendu: quendu.com | Qwant: lite.qwant.com qwant.com | Rakuten:
websearch.rakuten.co.jp | Rambler: nova.rambler.ru | Riksdelen: riksdelen.se | Road Runner:
search.rr.com | rpmfind: fr2.rpmfind.net rpmfind.net | Sapo: pesquisa.sapo.pt | Scour.com:
scour.com | Search.ch: search.ch | Search.com: search.com | Searchalot: searchalot.com |
SearchCanvas: searchcanvas.com | SearchLock: results.searchlock.com searchlock.com | Searchy:
searchy.co.uk | SeeSaa: search.seesaa.jp | Setooz: *.setooz.com bg.setooz.com da.setooz.com
el.setooz.com fa.setooz.com ur.setooz.com | Seznam: search.seznam.cz | Seznam Videa:
videa.seznam.cz | Sharelook: sharelook.fr | Skynet: skynet.be | sm.cn: m.sm.cn m.sp.sm.cn
quark.sm.cn so.m.sm.cn yz.m.sm.cn | sm.de: sm.de | SmartAddressbar: search.smartaddressbar.com |
SmartShopping: search.smartshopping.com | Snap.do: search.snap.do | Softonic: search.softonic.com |
Sogou: english.sogou.com m.sogou.com sogou.com wap.sogou.com | Soso: soso.com | Sputnik: sputnik.ru
| StartPage: classic.startpage.com eu.startpage.com s1-eu5.startpage.com s10-eu5.startpage.com
s11-eu5.startpage.com s12-eu5.startpage.com s13-eu5.startpage.com s14-eu5.startpage.com
s2-eu4.startpage.com s2-eu5.startpage.com s4-eu5.startpage.com s5-eu5.startpage.com
s6-eu4.startpage.com s6-eu5.ixquick.com s6-eu5.startpage.com s7-eu4.startpage.com
s7-eu5.startpage.com s8-eu5.startpage.com startpage.com | Startpagina (Google):
startgoogle.startpagina.nl | Startsiden: startsiden.no | Stract: stract.com | Suche.info:
suche.info | Suchmaschine.com: suchmaschine.com | Suchnase: suchnase.de | Surf Canyon:
surfcanyon.com | Swiggle: swiggle.org.uk | Swisscows: swisscows.com | T-Online:
brisbane.t-online.de navigationshilfe.t-online.de suche.t-online.de | talimba: talimba.com |
Tarmot: tarmot.com | Teoma: teoma.com | Terra: buscador.terra.cl buscador.terra.com.br
buscador.terra.es | Tiscali: hledani.tiscali.cz search-dyn.tiscali.it search.tiscali.it | Tixuma:
tixuma.de | Toolbarhome: toolbarhome.com vshare.toolbarhome.com | Toppreise.ch: de.toppreise.ch
en.toppreise.ch fr.toppreise.ch toppreise.ch | Torry: torry.io | Trouvez.com: trouvez.com |
TrovaRapido: trovarapido.com | Trusted Search: trusted-search.com | Trustnav: search.trustnav.com |
TUSK Search: tusksearch.com | Twingly: twingly.com | uol.com.br: busca.uol.com.br | URL.ORGanzier:
url.org | Vinden: vinden.nl | Vindex: search.vindex.nl vindex.nl | Virgilio: mobile.virgilio.it
ricerca.virgilio.it ricercaimmagini.virgilio.it ricercanews.virgilio.it ricercavideo.virgilio.it |
Voila: lemoteur.fr search.ke.voila.fr | Volny: web.volny.cz | Vuhuv: vuhuv.com | Walhello:
walhello.com walhello.de walhello.info walhello.nl | Web.de: m.suche.web.de suche.web.de | Web.nl:
web.nl | weborama: weborama.fr | WebSearch: websearch.com | Wedoo: en.wedoo.com es.wedoo.com
fr.wedoo.com | Winamp: search.winamp.com | Wirtualna Polska: szukaj.wp.pl | Witch: witch.de |
Woopie: woopie.jp | www värav: search.www.ee | X-Recherche: x-recherche.com | Yahoo!:
*.search.yahoo.com benefind.de cade.yahoo.com cercato.it espanol.search.yahoo.com
malaysia.search.yahoo.com one.cn.yahoo.com qc.search.yahoo.com r.search.yahoo.com
search.offerbox.com search.yahoo.com ys.mirostart.com | Yahoo! Images: *.images.yahoo.com
cade.images.yahoo.com espanol.images.yahoo.com images.search.yahoo.com qc.images.yahoo.com | Yahoo!
Japan: jwsearch.jword.jp search.yahoo.co.jp | Yahoo! Japan Images: image.search.yahoo.co.jp |
Yahoo! Japan Videos: video.search.yahoo.co.jp | Yam: search.yam.com | Yandex: clck.yandex.*
m.yandex.* ya.ru yabs.yandex.* yandex.* yandex.com yandex.ru | Yandex Images: images.yandex.*
images.yandex.com images.yandex.ru | Yasni: yasni.at yasni.ch yasni.co.uk yasni.com yasni.de |
Yatedo: yatedo.com yatedo.fr | Yellowmap: yellowmap.de | Yep: yep.com | Yippy: search.yippy.com |
Yongzin: yongzin.com | YouGoo: yougoo.fr | ZapMeta: *.zapmeta.com zapmeta.* zapmeta.com
zapmetasearch.* | Zhongsou: p.zhongsou.com | Zoek: www3.zoek.nl | Zoeken: zoeken.nl | Zoohoo:
zoohoo.cz | Zoznam: zoznam.sk | Zxuso: zxuso.com | 묻지마 검색: kwzf.net
"""
