create table customers (
    id integer primary key,
    email text not null unique,
    name text not null,
    joined timestamp not null
);
create table orders (
    id integer primary key,
    customer_id integer not null references customers (id),
    placed timestamp not null,
    total_cents integer not null,
    gift_note text
);
create index orders_customer on orders (customer_id);
insert into customers values
    (1, 'anna@shop.example', 'Anna Arnold', '2026-02-01 09:00:00'),
    (2, 'bert@shop.example', 'Bert Brecht', '2026-03-01 09:00:00');
insert into orders values
    (1001, 1, '2026-02-03 10:00:00', 1990, 'For Clara, with love'),
    (1002, 1, '2026-11-03 10:00:00', 4990, null),
    (1003, 2, '2026-11-04 10:00:00', 990, null);
