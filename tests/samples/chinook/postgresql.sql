-- Chinook's schema with people of our own. A line `-- next` stands between statements.
create table artist (
    artist_id int not null,
    name varchar(120),
    constraint artist_pkey primary key (artist_id)
);
-- next
create table album (
    album_id int not null,
    title varchar(160) not null,
    artist_id int not null,
    constraint album_pkey primary key (album_id),
    constraint album_artist_id_fkey foreign key (artist_id) references artist (artist_id)
);
-- next
create table genre (
    genre_id int not null,
    name varchar(120),
    constraint genre_pkey primary key (genre_id)
);
-- next
create table media_type (
    media_type_id int not null,
    name varchar(120),
    constraint media_type_pkey primary key (media_type_id)
);
-- next
create table track (
    track_id int not null,
    name varchar(200) not null,
    album_id int,
    media_type_id int not null,
    genre_id int,
    composer varchar(220),
    milliseconds int not null,
    bytes int,
    unit_price numeric(10, 2) not null,
    constraint track_pkey primary key (track_id),
    constraint track_album_id_fkey foreign key (album_id) references album (album_id),
    constraint track_genre_id_fkey foreign key (genre_id) references genre (genre_id),
    constraint track_media_type_id_fkey
        foreign key (media_type_id) references media_type (media_type_id)
);
-- next
create table playlist (
    playlist_id int not null,
    name varchar(120),
    constraint playlist_pkey primary key (playlist_id)
);
-- next
create table playlist_track (
    playlist_id int not null,
    track_id int not null,
    constraint playlist_track_pkey primary key (playlist_id, track_id),
    constraint playlist_track_playlist_id_fkey
        foreign key (playlist_id) references playlist (playlist_id),
    constraint playlist_track_track_id_fkey foreign key (track_id) references track (track_id)
);
-- next
create table employee (
    employee_id int not null,
    last_name varchar(20) not null,
    first_name varchar(20) not null,
    title varchar(30),
    reports_to int,
    birth_date timestamp,
    hire_date timestamp,
    address varchar(70),
    city varchar(40),
    state varchar(40),
    country varchar(40),
    postal_code varchar(10),
    phone varchar(24),
    fax varchar(24),
    email varchar(60),
    constraint employee_pkey primary key (employee_id),
    constraint employee_reports_to_fkey foreign key (reports_to) references employee (employee_id)
);
-- next
create table customer (
    customer_id int not null,
    first_name varchar(40) not null,
    last_name varchar(20) not null,
    company varchar(80),
    address varchar(70),
    city varchar(40),
    state varchar(40),
    country varchar(40),
    postal_code varchar(10),
    phone varchar(24),
    fax varchar(24),
    email varchar(60) not null,
    support_rep_id int,
    constraint customer_pkey primary key (customer_id),
    constraint customer_support_rep_id_fkey
        foreign key (support_rep_id) references employee (employee_id)
);
-- next
create table invoice (
    invoice_id int not null,
    customer_id int not null,
    invoice_date timestamp not null,
    billing_address varchar(70),
    billing_city varchar(40),
    billing_state varchar(40),
    billing_country varchar(40),
    billing_postal_code varchar(10),
    total numeric(10, 2) not null,
    constraint invoice_pkey primary key (invoice_id),
    constraint invoice_customer_id_fkey foreign key (customer_id) references customer (customer_id)
);
-- next
create table invoice_line (
    invoice_line_id int not null,
    invoice_id int not null,
    track_id int not null,
    unit_price numeric(10, 2) not null,
    quantity int not null,
    constraint invoice_line_pkey primary key (invoice_line_id),
    constraint invoice_line_invoice_id_fkey foreign key (invoice_id) references invoice (invoice_id),
    constraint invoice_line_track_id_fkey foreign key (track_id) references track (track_id)
);
-- next
create index album_artist_id_idx on album (artist_id);
-- next
create index customer_support_rep_id_idx on customer (support_rep_id);
-- next
create index employee_reports_to_idx on employee (reports_to);
-- next
create index invoice_customer_id_idx on invoice (customer_id);
-- next
create index invoice_line_invoice_id_idx on invoice_line (invoice_id);
-- next
create index invoice_line_track_id_idx on invoice_line (track_id);
-- next
create index playlist_track_playlist_id_idx on playlist_track (playlist_id);
-- next
create index playlist_track_track_id_idx on playlist_track (track_id);
-- next
create index track_album_id_idx on track (album_id);
-- next
create index track_genre_id_idx on track (genre_id);
-- next
create index track_media_type_id_idx on track (media_type_id);
-- next
insert into artist (artist_id, name) values
    (1, 'Copper Lanterns'), (2, 'Nils & the Ferrymen'), (3, 'Quartet Vesper'), (4, 'DJ Saltmarsh'), (5, null);
-- next
insert into album (album_id, title, artist_id) values
    (1, 'Lamps Out at Nine', 1), (2, 'Second Wick', 1), (3, 'Toll Bridge', 2), (4, 'Evensong Sketches', 3),
    (5, 'Tide Tables', 4);
-- next
insert into genre (genre_id, name) values
    (1, 'Lantern rock'), (2, 'Folk'), (3, 'Chamber'), (4, 'Electronic');
-- next
insert into media_type (media_type_id, name) values
    (1, 'MP3'), (2, 'AAC'), (3, 'FLAC');
-- next
insert into track (
    track_id, name, album_id, media_type_id, genre_id, composer, milliseconds, bytes, unit_price
) values
    (1, 'Wick and Wire', 1, 1, 1, 'Ivo Marsh, Della Quinn', 214000, 7012345, 0.99),
    (2, 'Nine O''Clock', 1, 1, 1, 'Della Quinn', 187300, 6120400, 0.99),
    (3, 'Matchbox', 1, 2, 1, null, 201900, 6600120, 0.99),
    (4, 'Slow Burn', 2, 1, 1, 'Ivo Marsh', 256000, 8301000, 0.99),
    (5, 'Ferryman''s Due', 3, 1, 2, 'Trad.', 233400, 7600800, 0.99),
    (6, 'Ropewalk', 3, 1, 2, 'Nils Aune', 176800, 5700100, 0.99),
    (7, 'Half a Crown', 3, 3, 2, '', 199000, null, 0.99),
    (8, 'Sketch in Grey', 4, 2, 3, 'Quartet Vesper', 311200, 10100400, 1.29),
    (9, 'Vigil', 4, 2, 3, 'Quartet Vesper', 402700, 13000900, 1.29),
    (10, 'Neap', 5, 1, 4, 'Saltmarsh', 355000, 11500700, 0.99),
    (11, 'Spring Tide', 5, 1, 4, 'Saltmarsh', 347500, 11200300, 0.99),
    (12, 'Loose Track', null, 1, null, null, 90000, 2900100, 0.49);
-- next
insert into playlist (playlist_id, name) values
    (1, 'Everything'), (2, 'Evening'), (3, null);
-- next
insert into playlist_track (playlist_id, track_id) values
    (1, 1), (1, 2), (1, 4), (1, 5), (1, 10), (2, 8), (2, 9), (2, 6), (3, 12);
-- next
insert into employee (
    employee_id, last_name, first_name, title, reports_to, birth_date, hire_date, address, city,
    state, country, postal_code, phone, fax, email
) values
    (1, 'Okonjo', 'Adaeze', 'Managing Director', null, '1971-03-09 00:00:00', '2010-02-01 00:00:00', '12 Gull Terrace', 'Halifax', 'NS', 'Canada', 'B3H 0A1',
     '+1 (902) 555-0100', '+1 (902) 555-0199', 'adaeze@chinook.example'),
    (2, 'Lindqvist', 'Petra', 'Head of Sales', 1, '1976-11-21 00:00:00', '2011-06-15 00:00:00', '3 Pier Lane', 'Halifax', 'NS', 'Canada', 'B3H 0A2', '+1 (902) 555-0100',
     '+1 (902) 555-0199', 'petra@chinook.example'),
    (3, 'Marchetti', 'Silvio', 'Support Agent', 2, '1983-06-30 00:00:00', '2012-09-03 00:00:00', '41 Spruce Court', 'Dartmouth', 'NS', 'Canada', 'B2W 0B3',
     '+1 (902) 555-0100', '+1 (902) 555-0199', 'silvio@chinook.example'),
    (4, 'Brandt', 'Jonas', 'Support Agent', 2, '1985-02-11 00:00:00', '2014-01-20 00:00:00', '8 Barrel Street', 'Halifax', 'NS', 'Canada', 'B3H 0A4',
     '+1 (902) 555-0100', '+1 (902) 555-0199', 'jonas@chinook.example'),
    (5, 'Achterberg', 'Femke', 'Support Agent', 2, '1988-10-25 00:00:00', '2016-04-11 00:00:00', '77 Cove Road', 'Bedford', 'NS', 'Canada', 'B4A 0C5',
     '+1 (902) 555-0100', '', 'femke@chinook.example'),
    (6, 'Whitcombe', 'Niall', 'Head of Systems', 1, '1974-05-17 00:00:00', '2013-03-04 00:00:00', '19 Kelp Row', 'Halifax', 'NS', 'Canada', 'B3H 0A6',
     '+1 (902) 555-0106', '+1 (902) 555-0199', 'niall@chinook.example'),
    (7, 'Sato', 'Harumi', 'Systems Engineer', 6, null, '2017-08-21 00:00:00', '5 Foghorn Way', 'Truro', 'NS', 'Canada', 'B2N 0D7', '+1 (902) 555-0107', null, 'Harumi@Chinook.example'),
    (8, 'Pellerin', 'Odile', 'Systems Engineer', 6, '1992-12-02 00:00:00', '2019-05-06 00:00:00', '60 Saltbox Hill', 'Truro', 'NS', 'Canada', 'B2N 0D8', null, '', null);
-- next
insert into customer (
    customer_id, first_name, last_name, company, address, city, state, country, postal_code,
    phone, fax, email, support_rep_id
) values
    (1, 'Inès', 'Carvalhal', 'Solária Systèmes', '12 rue du Soleil', 'Lyon', null, 'France', '69001', '+33 1 99 00 11 01', '+33 1 99 00 11 99', 'ines.carvalhal@solaria.example', 3),
    (2, 'Damien', 'Moreau', 'Solária Systèmes', '12 rue du Soleil', 'Lyon', null, 'France', '69001', '+33 1 99 00 11 01', '+33 1 99 00 11 99', 'damien.moreau@solaria.example', 3),
    (3, 'Maeve', 'Dunmore', null, '7 Harbour Row', 'Whitby', null, 'United Kingdom', 'YO99 1ZZ', '+44 1632 960103', null, 'Maeve.Dunmore@Example.com', 3),
    (4, 'Greta', 'Hagenau', null, 'Lindenweg 4', 'Potsdam', null, 'Germany', '14467', '+49 30 23125 104', null, 'greta.hagenau@example.org', 4),
    (5, 'Tobias', 'Hagenau', null, 'Lindenweg 4', 'Potsdam', null, 'Germany', '14467', '+49 30 23125 104', '', 'tobias.hagenau@example.org', 4),
    (6, 'Renata', 'Kowalska', null, '18 Mill Lane', 'Leeds', '', 'United Kingdom', 'LS99 2AA', '+44 7700 900106', 'n/a', 'r.kowalska@example.net', 3),
    (7, 'Robert', 'Kowalski', null, '3 Canal Street', 'York', '', 'United Kingdom', 'YO99 3BB', '+44 7700 900107', 'n/a', 'R.Kowalska@example.net', 3),
    (8, 'Wendell', 'O''Dell', 'O''Dell & Sons', '400 Prairie St', 'Chicago', 'IL', 'USA', '60601', '+1 (312) 555-0108', '000-000-0000', 'wendell@odell.example', 5),
    (9, 'Linnéa', 'Åkerblom', null, 'Storgatan 9', 'Uppsala', null, 'Sweden', '753 20', null, '', 'linnea.akerblom@example.com', 3),
    (10, 'Kirra', 'Langford', '', '88 Wattle St', 'Brisbane', 'QLD', 'Australia', '4000', '+61 7 5550 0110', '-', 'kirra.langford@example.com', 3),
    (11, 'Anselm', 'Vogelsang', 'Kranich Verlag', 'Am Markt 1', 'Bremen', null, 'Germany', '28195', '+49 30 23125 111', '0', 'info@kranich-verlag.example', 4),
    (12, 'Beate', 'Ziegler', 'Kranich Verlag', 'Am Markt 1', 'Bremen', null, 'Germany', '28195', '+49 30 23125 111', '0', 'info@kranich-verlag.example', 4),
    (13, 'Femke', 'Achterberg', null, '77 Cove Road', 'Bedford', 'NS', 'Canada', 'B4A 0C5', '', null, 'femke@chinook.example', 5),
    (14, 'Test', 'Test', '', '', '', '', '', '', '0', '0', 'test@example.com', null);
-- next
insert into invoice (
    invoice_id, customer_id, invoice_date, billing_address, billing_city, billing_state,
    billing_country, billing_postal_code, total
) values
    (1, 1, '2021-01-11 00:00:00', '12 rue du Soleil', 'Lyon', null, 'France', '69001', 1.98),
    (2, 1, '2021-02-01 00:00:00', '12 rue du Soleil', 'Lyon', null, 'France', '69001', 1.29),
    (3, 2, '2021-02-17 00:00:00', '12 rue du Soleil', 'Lyon', null, 'France', '69001', 2.97),
    (4, 3, '2021-03-02 00:00:00', '7 Harbour Row', 'Whitby', null, 'United Kingdom', 'YO99 1ZZ', 1.98),
    (5, 3, '2021-05-23 00:00:00', null, null, null, null, null, 0.99),
    (6, 4, '2021-06-08 00:00:00', 'Lindenweg 4', 'Potsdam', null, 'Germany', '14467', 2.58),
    (7, 5, '2021-06-08 00:00:00', 'Lindenweg 4', 'Potsdam', null, 'Germany', '14467', 1.29),
    (8, 5, '2021-07-30 00:00:00', 'Lindenweg 4', 'Potsdam', null, 'Germany', '14467', 0.99),
    (9, 6, '2021-08-14 00:00:00', '18 Mill Lane', 'Leeds', '', 'United Kingdom', 'LS99 2AA', 0.99),
    (10, 7, '2021-09-01 00:00:00', '3 Canal Street', 'York', '', 'United Kingdom', 'YO99 3BB', 1.48),
    (11, 8, '2021-10-19 00:00:00', '', '', '', '', '', 0.99),
    (12, 9, '2021-12-04 00:00:00', 'Storgatan 9', 'Uppsala', null, 'Sweden', '753 20', 0.99),
    (13, 10, '2022-01-15 00:00:00', '88 Wattle St', 'Brisbane', 'QLD', 'Australia', '4000', 1.98),
    (14, 11, '2022-02-02 00:00:00', 'Am Markt 1', 'Bremen', null, 'Germany', '28195', 1.29),
    (15, 12, '2022-02-02 00:00:00', 'Am Markt 1', 'Bremen', null, 'Germany', '28195', 1.29),
    (16, 13, '2022-03-21 00:00:00', '77 Cove Road', 'Bedford', 'NS', 'Canada', 'B4A 0C5', 0.99),
    (17, 4, '2022-04-09 00:00:00', 'Lindenweg 4', 'Potsdam', null, 'Germany', '14467', 1.48),
    (18, 3, '2022-06-30 00:00:00', '7 Harbour Row', 'Whitby', null, 'United Kingdom', 'YO99 1ZZ', 0.99),
    (19, 1, '2022-07-07 00:00:00', '2 quai des Brumes', 'Lyon', null, 'France', '69002', 1.98),
    (20, 9, '2022-08-18 00:00:00', 'Storgatan 9', 'Uppsala', null, 'Sweden', '753 20', 1.98);
-- next
insert into invoice_line (invoice_line_id, invoice_id, track_id, unit_price, quantity) values
    (1, 1, 1, 0.99, 1), (2, 1, 2, 0.99, 1), (3, 2, 8, 1.29, 1), (4, 3, 1, 0.99, 1), (5, 3, 2, 0.99, 1),
    (6, 3, 3, 0.99, 1), (7, 4, 5, 0.99, 1), (8, 4, 6, 0.99, 1), (9, 5, 10, 0.99, 1), (10, 6, 8, 1.29, 1),
    (11, 6, 9, 1.29, 1), (12, 7, 8, 1.29, 1), (13, 8, 4, 0.99, 1), (14, 9, 11, 0.99, 1),
    (15, 10, 11, 0.99, 1), (16, 10, 12, 0.49, 1), (17, 11, 1, 0.99, 1), (18, 12, 7, 0.99, 1),
    (19, 13, 2, 0.99, 1), (20, 13, 3, 0.99, 1), (21, 14, 9, 1.29, 1), (22, 15, 9, 1.29, 1),
    (23, 16, 6, 0.99, 1), (24, 17, 5, 0.99, 1), (25, 17, 12, 0.49, 1), (26, 18, 1, 0.99, 1),
    (27, 19, 4, 0.99, 1), (28, 19, 10, 0.99, 1), (29, 20, 1, 0.99, 1), (30, 20, 11, 0.99, 1);
