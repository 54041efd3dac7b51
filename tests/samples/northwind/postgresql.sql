-- Northwind's schema with people of our own. A line `-- next` stands between statements.
create table categories (
    category_id smallint not null,
    category_name varchar(15) not null,
    description text,
    picture bytea,
    constraint pk_categories primary key (category_id)
);
-- next
create table customer_demographics (
    customer_type_id varchar(5) not null,
    customer_desc text,
    constraint pk_customer_demographics primary key (customer_type_id)
);
-- next
create table customers (
    customer_id varchar(5) not null,
    company_name varchar(40) not null,
    contact_name varchar(30),
    contact_title varchar(30),
    address varchar(60),
    city varchar(15),
    region varchar(15),
    postal_code varchar(10),
    country varchar(15),
    phone varchar(24),
    fax varchar(24),
    constraint pk_customers primary key (customer_id)
);
-- next
create table customer_customer_demo (
    customer_id varchar(5) not null,
    customer_type_id varchar(5) not null,
    constraint pk_customer_customer_demo primary key (customer_id, customer_type_id),
    constraint fk_customer_customer_demo_customer_demographics
        foreign key (customer_type_id) references customer_demographics,
    constraint fk_customer_customer_demo_customers foreign key (customer_id) references customers
);
-- next
create table employees (
    employee_id smallint not null,
    last_name varchar(20) not null,
    first_name varchar(10) not null,
    title varchar(30),
    title_of_courtesy varchar(25),
    birth_date date,
    hire_date date,
    address varchar(60),
    city varchar(15),
    region varchar(15),
    postal_code varchar(10),
    country varchar(15),
    home_phone varchar(24),
    extension varchar(4),
    photo bytea,
    notes text,
    reports_to smallint,
    photo_path varchar(255),
    constraint pk_employees primary key (employee_id),
    constraint fk_employees_employees foreign key (reports_to) references employees
);
-- next
create table region (
    region_id smallint not null,
    region_description varchar(60) not null,
    constraint pk_region primary key (region_id)
);
-- next
create table territories (
    territory_id varchar(20) not null,
    territory_description varchar(60) not null,
    region_id smallint not null,
    constraint pk_territories primary key (territory_id),
    constraint fk_territories_region foreign key (region_id) references region
);
-- next
create table employee_territories (
    employee_id smallint not null,
    territory_id varchar(20) not null,
    constraint pk_employee_territories primary key (employee_id, territory_id),
    constraint fk_employee_territories_employees foreign key (employee_id) references employees,
    constraint fk_employee_territories_territories
        foreign key (territory_id) references territories
);
-- next
create table shippers (
    shipper_id smallint not null,
    company_name varchar(40) not null,
    phone varchar(24),
    constraint pk_shippers primary key (shipper_id)
);
-- next
create table suppliers (
    supplier_id smallint not null,
    company_name varchar(40) not null,
    contact_name varchar(30),
    contact_title varchar(30),
    address varchar(60),
    city varchar(15),
    region varchar(15),
    postal_code varchar(10),
    country varchar(15),
    phone varchar(24),
    fax varchar(24),
    homepage text,
    constraint pk_suppliers primary key (supplier_id)
);
-- next
create table products (
    product_id smallint not null,
    product_name varchar(40) not null,
    supplier_id smallint,
    category_id smallint,
    quantity_per_unit varchar(20),
    unit_price real,
    units_in_stock smallint,
    units_on_order smallint,
    reorder_level smallint,
    discontinued integer not null,
    constraint pk_products primary key (product_id),
    constraint fk_products_categories foreign key (category_id) references categories,
    constraint fk_products_suppliers foreign key (supplier_id) references suppliers
);
-- next
create table orders (
    order_id smallint not null,
    customer_id varchar(5),
    employee_id smallint,
    order_date date,
    required_date date,
    shipped_date date,
    ship_via smallint,
    freight real,
    ship_name varchar(40),
    ship_address varchar(60),
    ship_city varchar(15),
    ship_region varchar(15),
    ship_postal_code varchar(10),
    ship_country varchar(15),
    constraint pk_orders primary key (order_id),
    constraint fk_orders_customers foreign key (customer_id) references customers,
    constraint fk_orders_employees foreign key (employee_id) references employees,
    constraint fk_orders_shippers foreign key (ship_via) references shippers
);
-- next
create table order_details (
    order_id smallint not null,
    product_id smallint not null,
    unit_price real not null,
    quantity smallint not null,
    discount real not null,
    constraint pk_order_details primary key (order_id, product_id),
    constraint fk_order_details_orders foreign key (order_id) references orders,
    constraint fk_order_details_products foreign key (product_id) references products
);
-- next
create table us_states (
    state_id smallint not null,
    state_name varchar(100),
    state_abbr varchar(2),
    state_region varchar(50),
    constraint pk_usstates primary key (state_id)
);
-- next
insert into categories (category_id, category_name, description, picture) values
    (1, 'Drinks', 'What is poured', '\x47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b'),
    (2, 'Sauces', 'What is spooned', '\x'),
    (3, 'Sweets', 'What is hidden', null),
    (4, 'Fish', 'What is smoked', null);
-- next
insert into customer_demographics (customer_type_id, customer_desc) values
    ('CHAIN', 'Branches of one firm'), ('LOCAL', 'Within a day''s drive'), ('ONLIN', null);
-- next
insert into customers (
    customer_id, company_name, contact_name, contact_title, address, city, region, postal_code,
    country, phone, fax
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
insert into customer_customer_demo (customer_id, customer_type_id) values
    ('BLUEB', 'CHAIN'), ('BLUEH', 'CHAIN'), ('BLUEH', 'LOCAL'), ('CHEZM', 'LOCAL'), ('KITEB', 'ONLIN'),
    ('HOLTF', 'LOCAL');
-- next
insert into employees (
    employee_id, last_name, first_name, title, title_of_courtesy, birth_date, hire_date, address,
    city, region, postal_code, country, home_phone, extension, photo, notes, reports_to,
    photo_path
) values
    (1, 'Reyes', 'Marisol', 'Account Executive', 'Ms.', '1981-04-02', '2015-09-14', '18 Foundry Walk Unit 6', 'Seattle', 'WA', '98101', 'USA', '(206) 555-0101', '201',
     '\x47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b', 'Speaks Spanish and French. Covers for Yuki Tanaka on Fridays.', 2,
     'http://intranet.example/photos/reyes.png'),
    (2, 'Ackerley', 'Graham', 'Director', 'Dr.', '1962-10-13', '2009-01-05', '2 Cedar Bluff', 'Tacoma', 'WA', '98401', 'USA', '(206) 555-0102', '200', '\x',
     'Founded the branch with his own money.', null, 'http://intranet.example/photos/ackerley.png'),
    (3, 'Tanaka', 'Yuki', 'Account Executive', 'Ms.', '1986-07-28', '2016-02-29', '90 Ferry Steps', 'Seattle', 'WA', '98101', 'USA', '(206) 555-0103', '203',
     '\x47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b', '', 2, 'http://intranet.example/photos/tanaka.png'),
    (4, 'Ferreira', 'Lucas', 'Account Executive', 'Mr.', '1979-01-16', '2018-11-05', '7 Tinker Lane', 'Redmond', 'WA', '98052', 'USA', null, '204', '\x', null, 2, null),
    (5, 'Haddad', 'Samir', 'Team Lead', 'Mr.', '1975-12-20', '2012-06-18', '33 Wharf Gate', 'London', null, 'SE99 5WG', 'UK', '(20) 7946 0105', '305', '\x',
     'Leads Edmund and Imogen Bryce, and Anneke Dodds.', 2, ''),
    (6, 'Bryce', 'Edmund', 'Account Executive', 'Mr.', '1970-03-08', '2013-08-26', 'Flat 1 Lockkeeper Cottage', 'London', null, 'E99 1LC', 'UK', '(20) 7946 0106', '306',
     '\x', 'Lives with Imogen Bryce.', 5, ''),
    (7, 'Bryce', 'Imogen', 'Account Executive', 'Mrs.', '1971-09-30', '2014-05-12', 'Flat 1 Lockkeeper Cottage', 'London', null, 'E99 1LC', 'UK', '(20) 7946 0106', '307', '\x', null, 5, ''),
    (8, 'Castellan', 'Laura', 'Order Desk', 'Ms.', null, '2019-10-07', '51 Orchard Mews', 'Seattle', 'WA', '98101', 'USA', '', '208', '\x', 'Fluent in Italian.', 2, null),
    (9, 'Dodds', 'Anneke', 'Account Executive', 'Ms.', '1990-02-04', '2020-01-27', '4 Nightjar Close', 'London', null, 'N99 4NC', 'UK', '(20) 7946 0109', '309', null,
     null, 5, 'http://intranet.example/photos/dodds.png');
-- next
insert into region (region_id, region_description) values
    (1, 'Coast'), (2, 'Hills'), (3, 'Plains'), (4, 'Islands');
-- next
insert into territories (territory_id, territory_description, region_id) values
    ('C-01', 'Harbour Mile', 1), ('C-02', 'Ropewalk', 1), ('C-03', 'Saltmarsh', 1), ('H-01', 'Upper Dale', 2),
    ('H-02', 'Quarry Side', 2), ('P-01', 'Long Acre', 3), ('P-02', 'Mill Flats', 3),
    ('I-01', 'Gannet Isle', 4);
-- next
insert into employee_territories (employee_id, territory_id) values
    (1, 'C-01'), (1, 'C-02'), (2, 'H-01'), (2, 'H-02'), (3, 'C-01'), (4, 'P-01'), (5, 'C-03'), (6, 'H-02'),
    (7, 'C-03'), (8, 'P-02'), (9, 'I-01');
-- next
insert into shippers (shipper_id, company_name, phone) values
    (1, 'Swift Parcels', '(503) 555-0131'), (2, 'Union Carriers', '(503) 555-0132'),
    (3, 'Harbour Freight Lines', '(503) 555-0133');
-- next
insert into suppliers (
    supplier_id, company_name, contact_name, contact_title, address, city, region, postal_code,
    country, phone, fax, homepage
) values
    (1, 'Pantry & Hearth Ltd', 'Gwendolyn Fry', 'Partner', '6 Saddler Yard', 'London', null, 'E99 6SY', 'UK', '(20) 7946 0301', null, null),
    (2, 'Bayou Kitchen Goods', 'Remy Boudin', 'Storekeeper', '22 Levee Walk', 'New Orleans', 'LA', '70117', 'USA', '(504) 555-0132', null, '#bayou.example#'),
    (3, 'Fjord Delikatesser', 'Sigrid Halden', 'Owner', 'Hamngatan 8', 'Luleå', null, '972 31', 'Sweden', '08-465 004 07', '0', null),
    (4, 'Mirabel Fruits', 'Didier Caron', 'Owner', '3 quai Vert', 'Annecy', null, '74000', 'France', '01.99.00.03.04', '01.99.00.03.99', ''),
    (5, 'Southern Cross Honey', 'Kylie Marsh', 'Head Buyer', '12 Banksia Rd', 'Adelaide', 'SA', '5000', 'Australia', '(08) 5550 0135', '', null);
-- next
insert into products (
    product_id, product_name, supplier_id, category_id, quantity_per_unit, unit_price,
    units_in_stock, units_on_order, reorder_level, discontinued
) values
    (1, 'Hearth Chai', 1, 1, '6 tins', 14.5, 31, 0, 8, 0),
    (2, 'Bayou Pepper Sauce', 2, 2, '20 bottles', 9.25, 12, 60, 20, 0),
    (3, 'Fjord Herring', 3, 4, '16 jars', 24.75, 80, 0, 25, 0),
    (4, 'Mirabelle Jam', 4, 2, '18 jars', 21.0, 47, 0, 0, 0),
    (5, 'Ironbark Honey', 5, 3, '8 buckets', 33.5, 26, 0, 0, 0),
    (6, 'Old Stock Toffee', 1, 3, '', 6.75, 0, 0, 0, 1);
-- next
insert into orders (
    order_id, customer_id, employee_id, order_date, required_date, shipped_date, ship_via,
    freight, ship_name, ship_address, ship_city, ship_region, ship_postal_code, ship_country
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
insert into order_details (order_id, product_id, unit_price, quantity, discount) values
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
-- next
insert into us_states (state_id, state_name, state_abbr, state_region) values
    (1, 'Washington', 'WA', 'Pacific'), (2, 'Texas', 'TX', 'Gulf'), (3, 'Minnesota', 'MN', 'Lakes'),
    (4, 'Louisiana', 'LA', 'Gulf');
