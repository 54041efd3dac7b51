"""
Names of tables of people, and of keys that say whose a row is. Pure data.

In the twelve languages of our pages, singular and plural, as ``plain`` makes them.
"""

from __future__ import annotations

from privacykit.govern.datamap.proposal.plain import words

PEOPLE = words("""
    user users customer customers person persons people member members client clients patient
    patients student students pupil pupils contact contacts subscriber subscribers visitor
    visitors guest guests profile profiles account accounts insured policyholder policyholders
    participant participants attendee attendees applicant applicants candidate candidates donor
    donors volunteer volunteers buyer buyers beneficiary beneficiaries citizen citizens resident
    residents passenger passengers individual individuals lead leads registrant registrants
    personen kunde kunden kundin kundinnen mitglied mitglieder patienten patientin patientinnen
    versicherte versicherter versicherten versicherungsnehmer teilnehmer teilnehmerin
    teilnehmerinnen benutzer benutzerin nutzer nutzerin anwender konto konten schueler schuler
    studenten studierende interessent interessenten abonnent abonnenten besucher gast gaste
    gaeste spender bewerber klient klienten mandant mandanten kontakt kontakte ansprechpartner
    bewohner mieter burger buerger utilisateur utilisateurs usager usagers personne
    personnes membre membres adherent adherents abonne abonnes eleve eleves etudiant etudiants
    assure assures compte comptes beneficiaire beneficiaires visiteur visiteurs donateur
    donateurs candidat candidats locataire locataires cliente clientes usuario usuarios persona
    personas miembro miembros socio socios paciente pacientes alumno alumnos estudiante
    estudiantes asegurado asegurados cuenta cuentas contacto contactos participante
    participantes abonado abonados suscriptor suscriptores visitante visitantes candidato
    candidatos donante donantes clienti utente utenti persone membro membri soci paziente
    pazienti alunno alunni studente studenti assicurato assicurati contatto contatti
    partecipante partecipanti abbonato abbonati iscritto iscritti visitatore visitatori
    utilizador utilizadores pessoa pessoas membros aluno alunos estudante estudantes segurado
    segurados conta contas contato contatos assinante assinantes klant klanten gebruiker
    gebruikers persoon lid leden leerling leerlingen verzekerde verzekerden deelnemer deelnemers
    abonnee abonnees bezoeker bezoekers klienci uzytkownik uzytkownicy osoba osoby czlonek
    czlonkowie pacjent pacjenci uczen uczniowie studenci ubezpieczony ubezpieczeni konta
    uczestnik uczestnicy abonent abonenci musteri musteriler kullanici kullanicilar kisi kisiler
    uye uyeler hasta hastalar ogrenci ogrenciler sigortali sigortalilar hesap hesaplar katilimci
    katilimcilar abone aboneler 顧客 お客様 ユーザー 利用者 会員 患者 生徒 学生 個人 kokyaku
    kaiin kanja 用户 客户 会员 病人
    学员 联系人 个人 yonghu kehu huiyuan العملاء عميل المستخدمين المستخدمون مستخدم الأعضاء
    عضو المرضى
    مريض الأشخاص شخص
""")
"""Tables whose rows are people, and keys of those whom a row is about."""

STAFF = words("""
    employee employees staff worker workers agent agents doctor doctors physician physicians
    teacher teachers driver drivers therapist therapists nurse nurses salesperson salespeople
    mitarbeiter mitarbeiterin mitarbeitende mitarbeiterinnen angestellte beschaftigte personal
    arzt arzte aerzte lehrer fahrer employe employes salarie salaries medecin medecins
    enseignant enseignants empleado empleados trabajador trabajadores medico medicos profesor
    profesores dipendente dipendenti medici insegnante insegnanti funcionario funcionarios
    empregado empregados colaborador colaboradores professor professores medewerker medewerkers
    werknemer werknemers artsen docent docenten pracownik pracownicy lekarz lekarze
    nauczyciel nauczyciele calisan calisanlar personel doktor doktorlar 社員 従業員 職員
    员工 职员 医生 医師
    الموظفين موظف
""")
"""Tables of people who work on what is others'."""

OWNERS = words("""
    owner author writer creator sender recipient receiver holder claimant inviter payer poster
    commenter requester submitter besitzer besitzerin inhaber inhaberin eigentumer eigentuemer
    autor autorin verfasser ersteller absender empfanger empfaenger kaufer kaeufer auteur
    proprietaire createur expediteur destinataire titulaire acheteur propietario creador
    remitente destinatario titular comprador autore proprietario creatore mittente titolare
    criador remetente eigenaar maker afzender ontvanger wlasciciel tworca nadawca odbiorca sahip
    sahibi yazar 作者 所有者 作成者 创建者 المالك المؤلف
""")
"""Keys of those whom a row is by or to."""

MADE = words("""
    created_by written_by posted_by owned_by authored_by sent_by submitted_by ordered_by
    requested_by erstellt_von angelegt_von verfasst_von cree_par creado_por creato_da criado_por
""")
"""Keys of those who made a row: it is theirs where it is no other's."""
