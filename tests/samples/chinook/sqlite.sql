-- Chinook's schema with people of our own. A line `-- next` stands between statements.
create table "Artist" (
    "ArtistId" integer not null,
    "Name" nvarchar(120),
    constraint "PK_Artist" primary key ("ArtistId")
);
-- next
create table "Album" (
    "AlbumId" integer not null,
    "Title" nvarchar(160) not null,
    "ArtistId" integer not null references "Artist" ("ArtistId"),
    constraint "PK_Album" primary key ("AlbumId")
);
-- next
create table "Genre" (
    "GenreId" integer not null,
    "Name" nvarchar(120),
    constraint "PK_Genre" primary key ("GenreId")
);
-- next
create table "MediaType" (
    "MediaTypeId" integer not null,
    "Name" nvarchar(120),
    constraint "PK_MediaType" primary key ("MediaTypeId")
);
-- next
create table "Track" (
    "TrackId" integer not null,
    "Name" nvarchar(200) not null,
    "AlbumId" integer references "Album" ("AlbumId"),
    "MediaTypeId" integer not null references "MediaType" ("MediaTypeId"),
    "GenreId" integer references "Genre" ("GenreId"),
    "Composer" nvarchar(220),
    "Milliseconds" integer not null,
    "Bytes" integer,
    "UnitPrice" numeric(10, 2) not null,
    constraint "PK_Track" primary key ("TrackId")
);
-- next
create table "Playlist" (
    "PlaylistId" integer not null,
    "Name" nvarchar(120),
    constraint "PK_Playlist" primary key ("PlaylistId")
);
-- next
create table "PlaylistTrack" (
    "PlaylistId" integer not null references "Playlist" ("PlaylistId"),
    "TrackId" integer not null references "Track" ("TrackId"),
    constraint "PK_PlaylistTrack" primary key ("PlaylistId", "TrackId")
);
-- next
create table "Employee" (
    "EmployeeId" integer not null,
    "LastName" nvarchar(20) not null,
    "FirstName" nvarchar(20) not null,
    "Title" nvarchar(30),
    "ReportsTo" integer references "Employee" ("EmployeeId"),
    "BirthDate" datetime,
    "HireDate" datetime,
    "Address" nvarchar(70),
    "City" nvarchar(40),
    "State" nvarchar(40),
    "Country" nvarchar(40),
    "PostalCode" nvarchar(10),
    "Phone" nvarchar(24),
    "Fax" nvarchar(24),
    "Email" nvarchar(60),
    constraint "PK_Employee" primary key ("EmployeeId")
);
-- next
create table "Customer" (
    "CustomerId" integer not null,
    "FirstName" nvarchar(40) not null,
    "LastName" nvarchar(20) not null,
    "Company" nvarchar(80),
    "Address" nvarchar(70),
    "City" nvarchar(40),
    "State" nvarchar(40),
    "Country" nvarchar(40),
    "PostalCode" nvarchar(10),
    "Phone" nvarchar(24),
    "Fax" nvarchar(24),
    "Email" nvarchar(60) not null,
    "SupportRepId" integer references "Employee" ("EmployeeId"),
    constraint "PK_Customer" primary key ("CustomerId")
);
-- next
create table "Invoice" (
    "InvoiceId" integer not null,
    "CustomerId" integer not null references "Customer" ("CustomerId"),
    "InvoiceDate" datetime not null,
    "BillingAddress" nvarchar(70),
    "BillingCity" nvarchar(40),
    "BillingState" nvarchar(40),
    "BillingCountry" nvarchar(40),
    "BillingPostalCode" nvarchar(10),
    "Total" numeric(10, 2) not null,
    constraint "PK_Invoice" primary key ("InvoiceId")
);
-- next
create table "InvoiceLine" (
    "InvoiceLineId" integer not null,
    "InvoiceId" integer not null references "Invoice" ("InvoiceId"),
    "TrackId" integer not null references "Track" ("TrackId"),
    "UnitPrice" numeric(10, 2) not null,
    "Quantity" integer not null,
    constraint "PK_InvoiceLine" primary key ("InvoiceLineId")
);
-- next
create index "IFK_AlbumArtistId" on "Album" ("ArtistId");
-- next
create index "IFK_CustomerSupportRepId" on "Customer" ("SupportRepId");
-- next
create index "IFK_EmployeeReportsTo" on "Employee" ("ReportsTo");
-- next
create index "IFK_InvoiceCustomerId" on "Invoice" ("CustomerId");
-- next
create index "IFK_InvoiceLineInvoiceId" on "InvoiceLine" ("InvoiceId");
-- next
create index "IFK_InvoiceLineTrackId" on "InvoiceLine" ("TrackId");
-- next
create index "IFK_PlaylistTrackPlaylistId" on "PlaylistTrack" ("PlaylistId");
-- next
create index "IFK_PlaylistTrackTrackId" on "PlaylistTrack" ("TrackId");
-- next
create index "IFK_TrackAlbumId" on "Track" ("AlbumId");
-- next
create index "IFK_TrackGenreId" on "Track" ("GenreId");
-- next
create index "IFK_TrackMediaTypeId" on "Track" ("MediaTypeId");
-- next
insert into "Artist" ("ArtistId", "Name") values
    (1, 'Copper Lanterns'), (2, 'Nils & the Ferrymen'), (3, 'Quartet Vesper'), (4, 'DJ Saltmarsh'), (5, null);
-- next
insert into "Album" ("AlbumId", "Title", "ArtistId") values
    (1, 'Lamps Out at Nine', 1), (2, 'Second Wick', 1), (3, 'Toll Bridge', 2), (4, 'Evensong Sketches', 3),
    (5, 'Tide Tables', 4);
-- next
insert into "Genre" ("GenreId", "Name") values
    (1, 'Lantern rock'), (2, 'Folk'), (3, 'Chamber'), (4, 'Electronic');
-- next
insert into "MediaType" ("MediaTypeId", "Name") values
    (1, 'MP3'), (2, 'AAC'), (3, 'FLAC');
-- next
insert into "Track" (
    "TrackId", "Name", "AlbumId", "MediaTypeId", "GenreId", "Composer", "Milliseconds", "Bytes",
    "UnitPrice"
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
insert into "Playlist" ("PlaylistId", "Name") values
    (1, 'Everything'), (2, 'Evening'), (3, null);
-- next
insert into "PlaylistTrack" ("PlaylistId", "TrackId") values
    (1, 1), (1, 2), (1, 4), (1, 5), (1, 10), (2, 8), (2, 9), (2, 6), (3, 12);
-- next
insert into "Employee" (
    "EmployeeId", "LastName", "FirstName", "Title", "ReportsTo", "BirthDate", "HireDate",
    "Address", "City", "State", "Country", "PostalCode", "Phone", "Fax", "Email"
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
insert into "Customer" (
    "CustomerId", "FirstName", "LastName", "Company", "Address", "City", "State", "Country",
    "PostalCode", "Phone", "Fax", "Email", "SupportRepId"
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
insert into "Invoice" (
    "InvoiceId", "CustomerId", "InvoiceDate", "BillingAddress", "BillingCity", "BillingState",
    "BillingCountry", "BillingPostalCode", "Total"
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
insert into "InvoiceLine" ("InvoiceLineId", "InvoiceId", "TrackId", "UnitPrice", "Quantity") values
    (1, 1, 1, 0.99, 1), (2, 1, 2, 0.99, 1), (3, 2, 8, 1.29, 1), (4, 3, 1, 0.99, 1), (5, 3, 2, 0.99, 1),
    (6, 3, 3, 0.99, 1), (7, 4, 5, 0.99, 1), (8, 4, 6, 0.99, 1), (9, 5, 10, 0.99, 1), (10, 6, 8, 1.29, 1),
    (11, 6, 9, 1.29, 1), (12, 7, 8, 1.29, 1), (13, 8, 4, 0.99, 1), (14, 9, 11, 0.99, 1),
    (15, 10, 11, 0.99, 1), (16, 10, 12, 0.49, 1), (17, 11, 1, 0.99, 1), (18, 12, 7, 0.99, 1),
    (19, 13, 2, 0.99, 1), (20, 13, 3, 0.99, 1), (21, 14, 9, 1.29, 1), (22, 15, 9, 1.29, 1),
    (23, 16, 6, 0.99, 1), (24, 17, 5, 0.99, 1), (25, 17, 12, 0.49, 1), (26, 18, 1, 0.99, 1),
    (27, 19, 4, 0.99, 1), (28, 19, 10, 0.99, 1), (29, 20, 1, 0.99, 1), (30, 20, 11, 0.99, 1);
