"""
Names of columns that hold what is told of people, in the twelve languages of our pages. Pure data.

Written without accents, in small letters, words joined with underscores, as ``plain`` makes
them of any name.
"""

from __future__ import annotations

FIELDS: dict[str, str] = {
    "user.name.first": """
        first_name given_name forename given_names vorname vornamen rufname prenom prenoms
        nombre_de_pila primer_nombre segundo_nombre nome_di_battesimo nome_proprio primeiro_nome
        voornaam voornamen roepnaam imie imiona mei 名 名字 الاسم_الأول
    """,
    "user.name.last": """
        last_name family_name surname maiden_name nachname familienname zuname geburtsname
        nom_de_famille nom_famille nom_usage nom_naissance apellido apellidos apellido1 apellido2
        primer_apellido segundo_apellido cognome sobrenome apelido apelidos ultimo_nome achternaam
        tussenvoegsel nazwisko soyad soyadi soyisim sei 姓 姓氏 氏 苗字 اللقب اسم_العائلة
    """,
    "user.name": """
        full_name real_name customer_name vollname voller_name vor_und_nachname nom_complet
        nom_prenom nombre_completo nombre_y_apellidos nome_completo nome_e_cognome volledige_naam
        imie_i_nazwisko imie_nazwisko ad_soyad adi_soyadi isim_soyisim shimei namae xingming
        氏名 姓名 名前 お名前 お客様名 الاسم_الكامل
    """,
    "user.contact.email": """
        email e_mail email_address mail mail_address mailadresse emailadresse email_adresse
        e_mail_adresse courriel adresse_mail adresse_email adresse_electronique correo
        correo_electronico direccion_correo posta_elettronica indirizzo_email indirizzo_mail
        endereco_email correio_eletronico emailadres e_mailadres adres_email e_posta eposta_adresi
        电子邮件 电子邮箱 邮箱 メール メールアドレス البريد_الإلكتروني
    """,
    "user.contact.phone_number": """
        phone phone_number telephone mobile_phone cell_phone telefon telefonnummer telefonnr
        telefon_nr tel tel_nr telnr handy handynummer handynr mobil mobilnummer mobiltelefon
        festnetz rufnummer tel_portable numero_telephone numero_de_telephone telefono
        telefono_movil telefono_fijo numero_de_telefono movil celular cellulare numero_di_telefono
        telefone telemovel numero_de_telefone telefoon telefoonnummer mobiel komorka
        telefon_komorkowy numer_telefonu cep_telefonu telefon_numarasi gsm denwa denwa_bango
        电话 电话号码 手机 手机号 手机号码 電話 電話番号 携帯 携帯電話 هاتف الهاتف رقم_الهاتف جوال
    """,
    "user.demographic.date_of_birth": """
        date_of_birth birth_date birthdate birthday dob geburtsdatum geburtstag geb_datum gebdat
        geb_dat geboren geboren_am geburtsort geburtsjahr date_naissance date_de_naissance
        naissance ne_le lieu_naissance annee_naissance fecha_nacimiento fecha_de_nacimiento
        nacimiento fec_nac fecha_nac lugar_nacimiento data_nascita data_di_nascita nascita nato_il
        luogo_nascita data_nascimento data_de_nascimento nascimento dt_nascimento geboortedatum
        geboortedag geboorteplaats geboortejaar data_urodzenia urodzony urodziny miejsce_urodzenia
        dogum_tarihi dogum_gunu dogum_yeri 生年月日 誕生日 生日 出生日期 出生年月 تاريخ_الميلاد
    """,
    "user.demographic.gender": """
        gender geschlecht anrede sexe civilite sexo genero sesso geslacht plec cinsiyet
        性别 性別 الجنس
    """,
    "user.demographic.citizenship_or_immigration_status": """
        nationality citizenship staatsangehoerigkeit staatsangehorigkeit nationalitat nationalitaet
        nationalite nacionalidad nazionalita cittadinanza nacionalidade nationaliteit obywatelstwo
        uyruk 国籍 الجنسية
    """,
    "user.demographic.religious_belief": """
        religion konfession religione religiao religie wyznanie 宗教 الدين
    """,
    "user.demographic.marital_status": """
        marital_status familienstand situation_familiale etat_civil estado_civil stato_civile
        burgerlijke_staat stan_cywilny medeni_hal 婚姻状况 婚姻 الحالة_الاجتماعية
    """,
    "user.contact.address.street": """
        street street_address postal_address strasse str hausnummer hausnr anschrift adresse
        wohnadresse rue adresse_postale calle direccion domicilio indirizzo rua endereco morada
        straat straatnaam huisnummer adres ulica nr_domu sokak cadde 住所 地址 住址 العنوان
    """,
    "user.contact.address.postal_code": """
        postal_code post_code zip_code plz postleitzahl code_postal codigo_postal codice_postale
        cep kod_pocztowy posta_kodu 郵便番号 邮编 邮政编码 الرمز_البريدي
    """,
    "user.contact.address.city": """
        wohnort stadt ort ville commune_residence ciudad poblacion localidad citta comune_residenza
        cidade localidade woonplaats miasto miejscowosc sehir 城市 المدينة
    """,
    "user.account.username": """
        user_name login_name benutzername nutzername anmeldename identifiant nom_utilisateur
        pseudo nombre_usuario nombre_de_usuario nome_utente nome_usuario nome_de_usuario
        gebruikersnaam nazwa_uzytkownika kullanici_adi 用户名 ユーザー名 اسم_المستخدم
    """,
    "user.authorization.password": """
        passwort kennwort mot_de_passe motdepasse contrasena senha wachtwoord haslo sifre
        密码 パスワード كلمة_المرور
    """,
    "user.government_id.national_identification_number": """
        national_id social_security_number steuer_id steuernummer sozialversicherungsnummer
        sv_nummer svnr versichertennummer ausweisnummer personalausweis numero_securite_sociale
        num_secu nir dni nif codice_fiscale cpf bsn burgerservicenummer pesel tckn tc_kimlik_no
        tc_kimlik 身份证 身份证号 マイナンバー رقم_الهوية
    """,
    "user.financial.bank_account": """
        bank_account kontonummer kontonr bankverbindung kontoinhaber compte_bancaire
        cuenta_bancaria numero_de_cuenta conto_corrente conta_bancaria rekeningnummer numer_konta
        hesap_no 银行卡号 银行账号 口座番号 رقم_الحساب
    """,
    "user.health": """
        diagnose krankheit krankheiten krankenkasse allergie allergien blutgruppe maladie
        groupe_sanguin enfermedad alergias grupo_sanguineo malattia gruppo_sanguigno doenca ziekte
        choroba hastalik kan_grubu 病历 病名 血液型 فصيلة_الدم
    """,
}
"""Category to the names of columns that hold it."""

MAYBE_NAMES = """
    name names nom nombre nombres nome naam nazwa imie isim ad adi 名称 الاسم اسم bezeichnung title
"""
"""Columns that name a person where the row has something else of one, and else a thing."""

THINGS = """
    status state type kind currency language locale country city town region province payment
    payment_method method product product_name item article sku plan tier channel source medium
    campaign category colour color size action event level priority carrier company
    organisation organization department role job job_title title greeting salutation street
    typ art waehrung wahrung sprache land stadt ort strasse zahlart zahlungsart produkt
    produktname artikel kanal quelle kategorie farbe grosse groesse firma firmenname abteilung
    anrede etat statut devise langue pays ville rue produit article_nom couleur taille societe
    estado tipo moneda idioma pais ciudad calle producto categoria empresa stato valuta lingua
    paese citta via prodotto azienda moeda cidade rua produto taal stad straat soort bedrijf
    jezyk kraj miasto ulica produkt firma durum dil ulke sehir urun sirket
"""
"""Names of columns in which the same stands for many, or a place, a firm, a thing."""
