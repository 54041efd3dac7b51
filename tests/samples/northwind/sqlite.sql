-- Northwind's schema with people of our own. A line `-- next` stands between statements.
create table "Categories" (
    "CategoryID" integer primary key autoincrement,
    "CategoryName" text,
    "Description" text,
    "Picture" blob
);
-- next
create table "CustomerDemographics" (
    "CustomerTypeID" text not null,
    "CustomerDesc" text,
    primary key ("CustomerTypeID")
);
-- next
create table "Customers" (
    "CustomerID" text,
    "CompanyName" text,
    "ContactName" text,
    "ContactTitle" text,
    "Address" text,
    "City" text,
    "Region" text,
    "PostalCode" text,
    "Country" text,
    "Phone" text,
    "Fax" text,
    primary key ("CustomerID")
);
-- next
create table "CustomerCustomerDemo" (
    "CustomerID" text not null references "Customers" ("CustomerID"),
    "CustomerTypeID" text not null references "CustomerDemographics" ("CustomerTypeID"),
    primary key ("CustomerID", "CustomerTypeID")
);
-- next
create table "Employees" (
    "EmployeeID" integer primary key autoincrement,
    "LastName" text,
    "FirstName" text,
    "Title" text,
    "TitleOfCourtesy" text,
    "BirthDate" date,
    "HireDate" date,
    "Address" text,
    "City" text,
    "Region" text,
    "PostalCode" text,
    "Country" text,
    "HomePhone" text,
    "Extension" text,
    "Photo" blob,
    "Notes" text,
    "ReportsTo" integer references "Employees" ("EmployeeID"),
    "PhotoPath" text
);
-- next
create table "Regions" (
    "RegionID" integer not null primary key,
    "RegionDescription" text not null
);
-- next
create table "Territories" (
    "TerritoryID" text not null,
    "TerritoryDescription" text not null,
    "RegionID" integer not null references "Regions" ("RegionID"),
    primary key ("TerritoryID")
);
-- next
create table "EmployeeTerritories" (
    "EmployeeID" integer not null references "Employees" ("EmployeeID"),
    "TerritoryID" text not null references "Territories" ("TerritoryID"),
    primary key ("EmployeeID", "TerritoryID")
);
-- next
create table "Shippers" (
    "ShipperID" integer not null primary key autoincrement,
    "CompanyName" text not null,
    "Phone" text
);
-- next
create table "Suppliers" (
    "SupplierID" integer not null primary key autoincrement,
    "CompanyName" text not null,
    "ContactName" text,
    "ContactTitle" text,
    "Address" text,
    "City" text,
    "Region" text,
    "PostalCode" text,
    "Country" text,
    "Phone" text,
    "Fax" text,
    "HomePage" text
);
-- next
create table "Products" (
    "ProductID" integer not null primary key autoincrement,
    "ProductName" text not null,
    "SupplierID" integer references "Suppliers" ("SupplierID"),
    "CategoryID" integer references "Categories" ("CategoryID"),
    "QuantityPerUnit" text,
    "UnitPrice" numeric default 0 check ("UnitPrice" >= 0),
    "UnitsInStock" integer default 0 check ("UnitsInStock" >= 0),
    "UnitsOnOrder" integer default 0 check ("UnitsOnOrder" >= 0),
    "ReorderLevel" integer default 0 check ("ReorderLevel" >= 0),
    "Discontinued" text not null default '0'
);
-- next
create table "Orders" (
    "OrderID" integer not null primary key autoincrement,
    "CustomerID" text references "Customers" ("CustomerID"),
    "EmployeeID" integer references "Employees" ("EmployeeID"),
    "OrderDate" datetime,
    "RequiredDate" datetime,
    "ShippedDate" datetime,
    "ShipVia" integer references "Shippers" ("ShipperID"),
    "Freight" numeric default 0,
    "ShipName" text,
    "ShipAddress" text,
    "ShipCity" text,
    "ShipRegion" text,
    "ShipPostalCode" text,
    "ShipCountry" text
);
-- next
create table "Order Details" (
    "OrderID" integer not null references "Orders" ("OrderID"),
    "ProductID" integer not null references "Products" ("ProductID"),
    "UnitPrice" numeric not null default 0 check ("UnitPrice" >= 0),
    "Quantity" integer not null default 1 check ("Quantity" > 0),
    "Discount" real not null default 0 check ("Discount" >= 0 and "Discount" <= 1),
    primary key ("OrderID", "ProductID")
);
-- next
create view "Customer and Suppliers by City" as
select "City", "CompanyName", "ContactName", 'Customers' as "Relationship" from "Customers"
union
select "City", "CompanyName", "ContactName", 'Suppliers' from "Suppliers"
order by 1, 2;
-- next
create view "Order Subtotals" as
select "OrderID", sum("UnitPrice" * "Quantity" * (1 - "Discount")) as "Subtotal"
from "Order Details"
group by "OrderID";
-- next
create view "Orders Qry" as
select o.*, c."CompanyName", c."Address", c."City", c."Region", c."PostalCode", c."Country"
from "Orders" o
join "Customers" c using ("CustomerID");
-- next
create view "Quarterly Orders" as
select distinct c."CustomerID", c."CompanyName", c."City", c."Country"
from "Customers" c
join "Orders" o using ("CustomerID")
where o."OrderDate" between '2022-01-01' and '2022-03-31';
-- next
create view "Invoices" as
select
    o."ShipName", o."ShipAddress", o."ShipCity", o."ShipRegion", o."ShipPostalCode",
    o."ShipCountry", o."CustomerID", c."CompanyName" as "CustomerName", c."Address", c."City",
    c."Region", c."PostalCode", c."Country",
    e."FirstName" || ' ' || e."LastName" as "Salesperson",
    o."OrderID", o."OrderDate", o."RequiredDate", o."ShippedDate",
    s."CompanyName" as "ShipperName", d."ProductID", p."ProductName", d."UnitPrice",
    d."Quantity", d."Discount",
    d."UnitPrice" * d."Quantity" * (1 - d."Discount") as "ExtendedPrice", o."Freight"
from "Orders" o
join "Customers" c using ("CustomerID")
join "Employees" e using ("EmployeeID")
join "Order Details" d using ("OrderID")
join "Products" p using ("ProductID")
join "Shippers" s on s."ShipperID" = o."ShipVia";
-- next
insert into "Categories" ("CategoryID", "CategoryName", "Description", "Picture") values
    (1, 'Drinks', 'What is poured', x'47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b'),
    (2, 'Sauces', 'What is spooned', x''),
    (3, 'Sweets', 'What is hidden', null),
    (4, 'Fish', 'What is smoked', null);
-- next
insert into "CustomerDemographics" ("CustomerTypeID", "CustomerDesc") values
    ('CHAIN', 'Branches of one firm'), ('LOCAL', 'Within a day''s drive'), ('ONLIN', null);
-- next
insert into "Customers" (
    "CustomerID", "CompanyName", "ContactName", "ContactTitle", "Address", "City", "Region",
    "PostalCode", "Country", "Phone", "Fax"
) values
    ('AMBRS', 'Amber & Söhne Feinkost', 'Klara Amberg', 'Owner', 'Ufergasse 3', 'Bremen', null, '28195', 'Germany', '030-23125101', '030-23125199'),
    ('BLUEB', 'Blue Heron Grocers Bath', 'Priya Nair', 'Bookkeeper', '14 Quay St', 'Bristol', null, 'BS99 1AA', 'UK', '(20) 7946 0211', null),
    ('BLUEH', 'Blue Heron Grocers', 'Tom Ashdown', 'Buyer', '14 Quay St', 'Bristol', null, 'BS99 1AA', 'UK', '(20) 7946 0211', null),
    ('CASAL', 'Casa Alondra', 'Elena Duarte', 'Owner', '77 Mission Rd', 'Austin', 'TX', '73301', 'USA', '(512) 555-0104', '(512) 555-0100'),
    ('CHEZM', 'Chez Margot', 'Margot Lenoir', 'Owner', '5 rue des Lilas', 'Nantes', null, '44000', 'France', '01.99.00.02.05', ''),
    ('DELRI', 'Del Rio Foods', 'Hector Salas', 'Head Buyer', '2 Arroyo Way', 'Albuquerque', 'NM', '87101', 'USA', '(505) 555-0106', '(505) 555-0100'),
    ('FJORD', 'Fjord Delikatesser', 'Sigrid Halden', 'Owner', 'Hamngatan 8', 'Luleå', null, '972 31', 'Sweden', '08-465 004 07', '0'),
    ('GREEN', 'Greengage Market', 'Oluwaseun Adeyemi', 'Storekeeper', '31 Orchard Cl', 'Leeds', '', null, 'UK', null, null),
    ('HOLTF', 'Holt & Family', 'Nora Holt', 'Owner', '6 Cobbler''s Yard', 'York', null, 'YO99 4HF', 'UK', '01632 960209', 'n/a'),
    ('HOLTG', 'Holt Garden Produce', 'Nils Holt', 'Owner', '6 Cobbler''s Yard', 'York', null, 'YO99 4HF', 'UK', '01632 960209', 'n/a'),
    ('KITEB', 'Kite Bakery', 'Rosalind Pike', null, '400 Lake St', 'Duluth', 'MN', '55801', 'USA', '(218) 555-0111', '-'),
    ('TESTX', 'Test', '', null, '', '', '', '', '', '0', '0');
-- next
insert into "CustomerCustomerDemo" ("CustomerID", "CustomerTypeID") values
    ('BLUEB', 'CHAIN'), ('BLUEH', 'CHAIN'), ('BLUEH', 'LOCAL'), ('CHEZM', 'LOCAL'), ('KITEB', 'ONLIN'),
    ('HOLTF', 'LOCAL');
-- next
insert into "Employees" (
    "EmployeeID", "LastName", "FirstName", "Title", "TitleOfCourtesy", "BirthDate", "HireDate",
    "Address", "City", "Region", "PostalCode", "Country", "HomePhone", "Extension", "Photo",
    "Notes", "ReportsTo", "PhotoPath"
) values
    (1, 'Reyes', 'Marisol', 'Account Executive', 'Ms.', '1981-04-02', '2015-09-14', '18 Foundry Walk Unit 6', 'Seattle', 'WA', '98101', 'USA', '(206) 555-0101', '201',
     x'47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b', 'Speaks Spanish and French. Covers for Yuki Tanaka on Fridays.', 2,
     'http://intranet.example/photos/reyes.png'),
    (2, 'Ackerley', 'Graham', 'Director', 'Dr.', '1962-10-13', '2009-01-05', '2 Cedar Bluff', 'Tacoma', 'WA', '98401', 'USA', '(206) 555-0102', '200', x'',
     'Founded the branch with his own money.', null, 'http://intranet.example/photos/ackerley.png'),
    (3, 'Tanaka', 'Yuki', 'Account Executive', 'Ms.', '1986-07-28', '2016-02-29', '90 Ferry Steps', 'Seattle', 'WA', '98101', 'USA', '(206) 555-0103', '203',
     x'47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b', '', 2, 'http://intranet.example/photos/tanaka.png'),
    (4, 'Ferreira', 'Lucas', 'Account Executive', 'Mr.', '1979-01-16', '2018-11-05', '7 Tinker Lane', 'Redmond', 'WA', '98052', 'USA', null, '204', x'', null, 2, null),
    (5, 'Haddad', 'Samir', 'Team Lead', 'Mr.', '1975-12-20', '2012-06-18', '33 Wharf Gate', 'London', null, 'SE99 5WG', 'UK', '(20) 7946 0105', '305', x'',
     'Leads Edmund and Imogen Bryce, and Anneke Dodds.', 2, ''),
    (6, 'Bryce', 'Edmund', 'Account Executive', 'Mr.', '1970-03-08', '2013-08-26', 'Flat 1 Lockkeeper Cottage', 'London', null, 'E99 1LC', 'UK', '(20) 7946 0106', '306',
     x'', 'Lives with Imogen Bryce.', 5, ''),
    (7, 'Bryce', 'Imogen', 'Account Executive', 'Mrs.', '1971-09-30', '2014-05-12', 'Flat 1 Lockkeeper Cottage', 'London', null, 'E99 1LC', 'UK', '(20) 7946 0106', '307', x'', null, 5, ''),
    (8, 'Castellan', 'Laura', 'Order Desk', 'Ms.', null, '2019-10-07', '51 Orchard Mews', 'Seattle', 'WA', '98101', 'USA', '', '208', x'', 'Fluent in Italian.', 2, null),
    (9, 'Dodds', 'Anneke', 'Account Executive', 'Ms.', '1990-02-04', '2020-01-27', '4 Nightjar Close', 'London', null, 'N99 4NC', 'UK', '(20) 7946 0109', '309', null,
     null, 5, 'http://intranet.example/photos/dodds.png');
-- next
insert into "Regions" ("RegionID", "RegionDescription") values
    (1, 'Coast'), (2, 'Hills'), (3, 'Plains'), (4, 'Islands');
-- next
insert into "Territories" ("TerritoryID", "TerritoryDescription", "RegionID") values
    ('C-01', 'Harbour Mile', 1), ('C-02', 'Ropewalk', 1), ('C-03', 'Saltmarsh', 1), ('H-01', 'Upper Dale', 2),
    ('H-02', 'Quarry Side', 2), ('P-01', 'Long Acre', 3), ('P-02', 'Mill Flats', 3),
    ('I-01', 'Gannet Isle', 4);
-- next
insert into "EmployeeTerritories" ("EmployeeID", "TerritoryID") values
    (1, 'C-01'), (1, 'C-02'), (2, 'H-01'), (2, 'H-02'), (3, 'C-01'), (4, 'P-01'), (5, 'C-03'), (6, 'H-02'),
    (7, 'C-03'), (8, 'P-02'), (9, 'I-01');
-- next
insert into "Shippers" ("ShipperID", "CompanyName", "Phone") values
    (1, 'Swift Parcels', '(503) 555-0131'), (2, 'Union Carriers', '(503) 555-0132'),
    (3, 'Harbour Freight Lines', '(503) 555-0133');
-- next
insert into "Suppliers" (
    "SupplierID", "CompanyName", "ContactName", "ContactTitle", "Address", "City", "Region",
    "PostalCode", "Country", "Phone", "Fax", "HomePage"
) values
    (1, 'Pantry & Hearth Ltd', 'Gwendolyn Fry', 'Partner', '6 Saddler Yard', 'London', null, 'E99 6SY', 'UK', '(20) 7946 0301', null, null),
    (2, 'Bayou Kitchen Goods', 'Remy Boudin', 'Storekeeper', '22 Levee Walk', 'New Orleans', 'LA', '70117', 'USA', '(504) 555-0132', null, '#bayou.example#'),
    (3, 'Fjord Delikatesser', 'Sigrid Halden', 'Owner', 'Hamngatan 8', 'Luleå', null, '972 31', 'Sweden', '08-465 004 07', '0', null),
    (4, 'Mirabel Fruits', 'Didier Caron', 'Owner', '3 quai Vert', 'Annecy', null, '74000', 'France', '01.99.00.03.04', '01.99.00.03.99', ''),
    (5, 'Southern Cross Honey', 'Kylie Marsh', 'Head Buyer', '12 Banksia Rd', 'Adelaide', 'SA', '5000', 'Australia', '(08) 5550 0135', '', null);
-- next
insert into "Products" (
    "ProductID", "ProductName", "SupplierID", "CategoryID", "QuantityPerUnit", "UnitPrice",
    "UnitsInStock", "UnitsOnOrder", "ReorderLevel", "Discontinued"
) values
    (1, 'Hearth Chai', 1, 1, '6 tins', 14.5, 31, 0, 8, 0),
    (2, 'Bayou Pepper Sauce', 2, 2, '20 bottles', 9.25, 12, 60, 20, 0),
    (3, 'Fjord Herring', 3, 4, '16 jars', 24.75, 80, 0, 25, 0),
    (4, 'Mirabelle Jam', 4, 2, '18 jars', 21.0, 47, 0, 0, 0),
    (5, 'Ironbark Honey', 5, 3, '8 buckets', 33.5, 26, 0, 0, 0),
    (6, 'Old Stock Toffee', 1, 3, '', 6.75, 0, 0, 0, 1);
-- next
insert into "Orders" (
    "OrderID", "CustomerID", "EmployeeID", "OrderDate", "RequiredDate", "ShippedDate", "ShipVia",
    "Freight", "ShipName", "ShipAddress", "ShipCity", "ShipRegion", "ShipPostalCode",
    "ShipCountry"
) values
    (11001, 'CHEZM', 5, '2022-01-02', '2022-02-02', '2022-01-06', 1, 7.4, 'Chez Margot', '5 rue des Lilas', 'Nantes', null, '44000', 'France'),
    (11002, 'AMBRS', 6, '2022-02-03', '2022-03-03', '2022-02-07', 2, 10.55, 'Amber & Söhne Feinkost', 'Ufergasse 3', 'Bremen', null, '28195', 'Germany'),
    (11003, 'BLUEH', 4, '2022-03-04', '2022-04-04', '2022-03-08', 3, 13.7, 'Blue Heron Grocers', '14 Quay St', 'Bristol', null, 'BS99 1AA', 'UK'),
    (11004, 'BLUEB', 3, '2022-04-05', '2022-05-05', '2022-04-09', 1, 16.85, 'Blue Heron Grocers Bath', '14 Quay St', 'Bristol', null, 'BS99 1AA', 'UK'),
    (11005, 'HOLTF', 4, '2022-05-06', '2022-06-06', '2022-05-10', 2, 20.0, 'Holt & Family', '6 Cobbler''s Yard', 'York', null, 'YO99 4HF', 'UK'),
    (11006, 'HOLTG', 3, '2022-06-07', '2022-07-07', '2022-06-11', 3, 23.15, 'Holt Garden Produce', '6 Cobbler''s Yard', 'York', null, 'YO99 4HF', 'UK'),
    (11007, 'DELRI', 5, '2022-01-08', '2022-02-08', '2022-01-12', 1, 26.3, 'Del Rio Foods', '2 Arroyo Way', 'Albuquerque', 'NM', '87101', 'USA'),
    (11008, 'FJORD', 9, '2022-02-09', '2022-03-09', '2022-02-13', 2, 29.45, 'Fjord Delikatesser', 'Hamngatan 8', 'Luleå', null, '972 31', 'Sweden'),
    (11009, 'KITEB', 3, '2022-03-10', '2022-04-10', '2022-03-14', 3, 32.6, 'Kite Bakery', '400 Lake St', 'Duluth', 'MN', '55801', 'USA'),
    (11010, 'CASAL', 4, '2022-04-11', '2022-05-11', null, 1, 35.75, 'Casa Alondra', '77 Mission Rd', 'Austin', 'TX', '73301', 'USA'),
    (11011, 'CHEZM', 1, '2022-05-12', '2022-06-12', '2022-05-16', 2, 38.9, 'Chez Margot', '5 rue des Lilas', 'Nantes', null, '44000', 'France'),
    (11012, 'KITEB', 1, '2022-06-13', '2022-07-13', null, 3, 42.05, '', '', '', '', '', ''),
    (11013, 'GREEN', 7, '2022-01-14', '2022-02-14', '2022-01-18', 1, 45.2, 'Greengage Market', '31 Orchard Cl', 'Leeds', '', null, 'UK'),
    (11014, 'CASAL', 8, '2022-02-15', '2022-03-15', '2022-02-19', 2, 48.35, 'Casa Alondra', '77 Mission Rd', 'Austin', 'TX', '73301', 'USA'),
    (11015, null, 8, '2022-03-16', '2022-04-16', '2022-03-20', 3, 51.5, null, null, null, null, null, null),
    (11016, 'BLUEH', 1, '2022-04-17', '2022-05-17', '2022-04-21', 1, 54.65, 'Nora Holt', '6 Cobbler''s Yard', 'York', null, 'YO99 4HF', 'UK'),
    (11017, 'HOLTF', null, '2022-05-18', '2022-06-18', null, null, null, 'Holt & Family', '6 Cobbler''s Yard', 'York', null, 'YO99 4HF', 'UK');
-- next
insert into "Order Details" ("OrderID", "ProductID", "UnitPrice", "Quantity", "Discount") values
    (11001, 1, 14.5, 5, 0.05), (11001, 2, 9.25, 5, 0.05), (11002, 2, 9.25, 6, 0.0), (11002, 4, 21.0, 6, 0.0),
    (11003, 3, 24.75, 7, 0.0), (11003, 6, 6.75, 7, 0.0), (11004, 2, 9.25, 8, 0.05), (11004, 4, 21.0, 8, 0.05),
    (11005, 4, 21.0, 9, 0.0), (11005, 5, 33.5, 9, 0.0), (11006, 6, 6.75, 10, 0.0), (11007, 1, 14.5, 11, 0.05),
    (11007, 2, 9.25, 11, 0.05), (11008, 2, 9.25, 12, 0.0), (11008, 4, 21.0, 12, 0.0),
    (11009, 3, 24.75, 13, 0.0), (11009, 6, 6.75, 13, 0.0), (11010, 2, 9.25, 14, 0.05),
    (11010, 4, 21.0, 14, 0.05), (11011, 4, 21.0, 15, 0.0), (11011, 5, 33.5, 15, 0.0),
    (11012, 6, 6.75, 16, 0.0), (11013, 1, 14.5, 17, 0.05), (11013, 2, 9.25, 17, 0.05),
    (11014, 2, 9.25, 18, 0.0), (11014, 4, 21.0, 18, 0.0), (11015, 3, 24.75, 19, 0.0),
    (11015, 6, 6.75, 19, 0.0), (11016, 2, 9.25, 20, 0.05), (11016, 4, 21.0, 20, 0.05),
    (11017, 4, 21.0, 21, 0.0), (11017, 5, 33.5, 21, 0.0);
