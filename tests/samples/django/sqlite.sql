-- A Django project's schema with people of our own. A line `-- next` stands between statements.
create table "django_migrations" (
    "id" integer not null primary key autoincrement,
    "app" varchar(255) not null,
    "name" varchar(255) not null,
    "applied" datetime not null
);
-- next
create table "django_content_type" (
    "id" integer not null primary key autoincrement,
    "app_label" varchar(100) not null,
    "model" varchar(100) not null
);
-- next
create table "auth_permission" (
    "id" integer not null primary key autoincrement,
    "content_type_id" integer not null
        references "django_content_type" ("id") deferrable initially deferred,
    "codename" varchar(100) not null,
    "name" varchar(255) not null
);
-- next
create table "auth_group" (
    "id" integer not null primary key autoincrement,
    "name" varchar(150) not null unique
);
-- next
create table "auth_group_permissions" (
    "id" integer not null primary key autoincrement,
    "group_id" integer not null references "auth_group" ("id") deferrable initially deferred,
    "permission_id" integer not null
        references "auth_permission" ("id") deferrable initially deferred
);
-- next
create table "auth_user" (
    "id" integer not null primary key autoincrement,
    "password" varchar(128) not null,
    "last_login" datetime null,
    "is_superuser" bool not null,
    "username" varchar(150) not null unique,
    "last_name" varchar(150) not null,
    "email" varchar(254) not null,
    "is_staff" bool not null,
    "is_active" bool not null,
    "date_joined" datetime not null,
    "first_name" varchar(150) not null
);
-- next
create table "auth_user_groups" (
    "id" integer not null primary key autoincrement,
    "user_id" integer not null references "auth_user" ("id") deferrable initially deferred,
    "group_id" integer not null references "auth_group" ("id") deferrable initially deferred
);
-- next
create table "auth_user_user_permissions" (
    "id" integer not null primary key autoincrement,
    "user_id" integer not null references "auth_user" ("id") deferrable initially deferred,
    "permission_id" integer not null
        references "auth_permission" ("id") deferrable initially deferred
);
-- next
create table "django_admin_log" (
    "id" integer not null primary key autoincrement,
    "object_id" text null,
    "object_repr" varchar(200) not null,
    "action_flag" smallint unsigned not null check ("action_flag" >= 0),
    "change_message" text not null,
    "content_type_id" integer null
        references "django_content_type" ("id") deferrable initially deferred,
    "user_id" integer not null references "auth_user" ("id") deferrable initially deferred,
    "action_time" datetime not null
);
-- next
create table "django_session" (
    "session_key" varchar(40) not null primary key,
    "session_data" text not null,
    "expire_date" datetime not null
);
-- next
create table "account_emailaddress" (
    "id" integer not null primary key autoincrement,
    "verified" bool not null,
    "primary" bool not null,
    "user_id" integer not null references "auth_user" ("id") deferrable initially deferred,
    "email" varchar(254) not null
);
-- next
create table "account_emailconfirmation" (
    "id" integer not null primary key autoincrement,
    "created" datetime not null,
    "sent" datetime null,
    "key" varchar(64) not null unique,
    "email_address_id" integer not null
        references "account_emailaddress" ("id") deferrable initially deferred
);
-- next
create table "socialaccount_socialapp" (
    "id" integer not null primary key autoincrement,
    "provider" varchar(30) not null,
    "name" varchar(40) not null,
    "client_id" varchar(191) not null,
    "secret" varchar(191) not null,
    "key" varchar(191) not null,
    "provider_id" varchar(200) not null,
    "settings" text not null check (json_valid("settings") or "settings" is null)
);
-- next
create table "socialaccount_socialaccount" (
    "id" integer not null primary key autoincrement,
    "provider" varchar(200) not null,
    "uid" varchar(191) not null,
    "last_login" datetime not null,
    "date_joined" datetime not null,
    "user_id" integer not null references "auth_user" ("id") deferrable initially deferred,
    "extra_data" text not null check (json_valid("extra_data") or "extra_data" is null)
);
-- next
create table "socialaccount_socialtoken" (
    "id" integer not null primary key autoincrement,
    "token" text not null,
    "token_secret" text not null,
    "expires_at" datetime null,
    "account_id" integer not null
        references "socialaccount_socialaccount" ("id") deferrable initially deferred,
    "app_id" integer null
        references "socialaccount_socialapp" ("id") deferrable initially deferred
);
-- next
create table "shop_product" (
    "id" integer not null primary key autoincrement,
    "sku" varchar(20) not null unique,
    "slug" varchar(50) not null,
    "name" varchar(120) not null,
    "price" decimal not null
);
-- next
create table "shop_address" (
    "id" integer not null primary key autoincrement,
    "full_name" varchar(120) not null,
    "street" varchar(120) not null,
    "postcode" varchar(12) not null,
    "city" varchar(60) not null,
    "country" varchar(2) not null,
    "phone" varchar(24) not null,
    "is_default" bool not null,
    "user_id" integer not null references "auth_user" ("id") deferrable initially deferred
);
-- next
create table "shop_order" (
    "id" integer not null primary key autoincrement,
    "public_id" char(32) not null unique,
    "email" varchar(254) not null,
    "status" varchar(10) not null,
    "total" decimal not null,
    "ip_address" char(39) null,
    "details" text not null check (json_valid("details") or "details" is null),
    "placed_at" datetime not null,
    "billing_address_id" bigint null
        references "shop_address" ("id") deferrable initially deferred,
    "shipping_address_id" bigint null
        references "shop_address" ("id") deferrable initially deferred,
    "user_id" integer null references "auth_user" ("id") deferrable initially deferred,
    constraint "order_status" check ("status" in ('new', 'paid', 'sent', 'void'))
);
-- next
create table "shop_orderitem" (
    "id" integer not null primary key autoincrement,
    "quantity" integer unsigned not null check ("quantity" >= 0),
    "price" decimal not null,
    "order_id" bigint not null references "shop_order" ("id") deferrable initially deferred,
    "product_id" bigint not null references "shop_product" ("id") deferrable initially deferred
);
-- next
create table "shop_comment" (
    "id" integer not null primary key autoincrement,
    "object_id" bigint unsigned not null check ("object_id" >= 0),
    "author_name" varchar(120) not null,
    "author_email" varchar(254) not null,
    "body" text not null,
    "created_at" datetime not null,
    "author_id" integer null references "auth_user" ("id") deferrable initially deferred,
    "content_type_id" integer not null
        references "django_content_type" ("id") deferrable initially deferred
);
-- next
create index "account_emailaddress_email_03be32b2" on "account_emailaddress" ("email");
-- next
create index "account_emailaddress_user_id_2c513194" on "account_emailaddress" ("user_id");
-- next
create unique index "account_emailaddress_user_id_email_987c8728_uniq"
    on "account_emailaddress" ("user_id", "email");
-- next
create index "account_emailconfirmation_email_address_id_5b7f8c58"
    on "account_emailconfirmation" ("email_address_id");
-- next
create index "auth_group_permissions_group_id_b120cbf9" on "auth_group_permissions" ("group_id");
-- next
create unique index "auth_group_permissions_group_id_permission_id_0cd325b0_uniq"
    on "auth_group_permissions" ("group_id", "permission_id");
-- next
create index "auth_group_permissions_permission_id_84c5c92e"
    on "auth_group_permissions" ("permission_id");
-- next
create index "auth_permission_content_type_id_2f476e4b" on "auth_permission" ("content_type_id");
-- next
create unique index "auth_permission_content_type_id_codename_01ab375a_uniq"
    on "auth_permission" ("content_type_id", "codename");
-- next
create index "auth_user_groups_group_id_97559544" on "auth_user_groups" ("group_id");
-- next
create index "auth_user_groups_user_id_6a12ed8b" on "auth_user_groups" ("user_id");
-- next
create unique index "auth_user_groups_user_id_group_id_94350c0c_uniq"
    on "auth_user_groups" ("user_id", "group_id");
-- next
create index "auth_user_user_permissions_permission_id_1fbb5f2c"
    on "auth_user_user_permissions" ("permission_id");
-- next
create index "auth_user_user_permissions_user_id_a95ead1b"
    on "auth_user_user_permissions" ("user_id");
-- next
create unique index "auth_user_user_permissions_user_id_permission_id_14a6b632_uniq"
    on "auth_user_user_permissions" ("user_id", "permission_id");
-- next
create index "django_admin_log_content_type_id_c4bce8eb" on "django_admin_log" ("content_type_id");
-- next
create index "django_admin_log_user_id_c564eba6" on "django_admin_log" ("user_id");
-- next
create unique index "django_content_type_app_label_model_76bd3d3b_uniq"
    on "django_content_type" ("app_label", "model");
-- next
create index "django_session_expire_date_a5c62663" on "django_session" ("expire_date");
-- next
create unique index "one_default_address" on "shop_address" ("user_id") where "is_default";
-- next
create index "shop_address_user_id_3edd3b17" on "shop_address" ("user_id");
-- next
create index "shop_commen_content_c59f0e_idx" on "shop_comment" ("content_type_id", "object_id");
-- next
create index "shop_comment_author_id_d3fc4727" on "shop_comment" ("author_id");
-- next
create index "shop_comment_content_type_id_78e1332d" on "shop_comment" ("content_type_id");
-- next
create index "shop_order_billing_address_id_1697d098" on "shop_order" ("billing_address_id");
-- next
create index "shop_order_shipping_address_id_11dfb44b" on "shop_order" ("shipping_address_id");
-- next
create index "shop_order_status_31bd54_idx" on "shop_order" ("status", "placed_at");
-- next
create index "shop_order_user_id_00aba627" on "shop_order" ("user_id");
-- next
create index "shop_orderitem_order_id_2f1b00cf" on "shop_orderitem" ("order_id");
-- next
create unique index "shop_orderitem_order_id_product_id_f99a0117_uniq"
    on "shop_orderitem" ("order_id", "product_id");
-- next
create index "shop_orderitem_product_id_48153f22" on "shop_orderitem" ("product_id");
-- next
create index "shop_product_slug_30bd2d5d" on "shop_product" ("slug");
-- next
create unique index "socialaccount_socialaccount_provider_uid_fc810c6e_uniq"
    on "socialaccount_socialaccount" ("provider", "uid");
-- next
create index "socialaccount_socialaccount_user_id_8146e70c"
    on "socialaccount_socialaccount" ("user_id");
-- next
create index "socialaccount_socialtoken_account_id_951f210e"
    on "socialaccount_socialtoken" ("account_id");
-- next
create index "socialaccount_socialtoken_app_id_636a42d7" on "socialaccount_socialtoken" ("app_id");
-- next
create unique index "socialaccount_socialtoken_app_id_account_id_fca4e0ac_uniq"
    on "socialaccount_socialtoken" ("app_id", "account_id");
-- next
create unique index "unique_primary_email"
    on "account_emailaddress" ("user_id", "primary") where "primary";
-- next
create unique index "unique_verified_email" on "account_emailaddress" ("email") where "verified";
-- next
insert into "django_migrations" ("id", "app", "name", "applied") values
    (1, 'contenttypes', '0001_initial', '2023-01-01 08:00:00'),
    (2, 'auth', '0001_initial', '2023-01-01 08:00:00'),
    (3, 'admin', '0001_initial', '2023-01-01 08:00:00'),
    (4, 'account', '0001_initial', '2023-01-01 08:00:00'),
    (5, 'sessions', '0001_initial', '2023-01-01 08:00:00'),
    (6, 'socialaccount', '0001_initial', '2023-01-01 08:00:00'),
    (7, 'shop', '0001_initial', '2023-01-01 08:00:00');
-- next
insert into "django_content_type" ("id", "app_label", "model") values
    (1, 'admin', 'logentry'), (2, 'auth', 'permission'), (3, 'auth', 'group'), (4, 'auth', 'user'),
    (5, 'contenttypes', 'contenttype'), (6, 'sessions', 'session'), (7, 'account', 'emailaddress'),
    (8, 'account', 'emailconfirmation'), (9, 'socialaccount', 'socialaccount'),
    (10, 'socialaccount', 'socialapp'), (11, 'socialaccount', 'socialtoken'), (12, 'shop', 'product'),
    (13, 'shop', 'address'), (14, 'shop', 'order'), (15, 'shop', 'orderitem'), (16, 'shop', 'comment');
-- next
insert into "auth_permission" ("id", "name", "content_type_id", "codename") values
    (1, 'Can add user', 4, 'add_user'), (2, 'Can change user', 4, 'change_user'),
    (3, 'Can delete user', 4, 'delete_user'), (4, 'Can view user', 4, 'view_user'),
    (5, 'Can add product', 12, 'add_product'), (6, 'Can change product', 12, 'change_product'),
    (7, 'Can delete product', 12, 'delete_product'), (8, 'Can view product', 12, 'view_product'),
    (9, 'Can add order', 14, 'add_order'), (10, 'Can change order', 14, 'change_order'),
    (11, 'Can delete order', 14, 'delete_order'), (12, 'Can view order', 14, 'view_order'),
    (13, 'Can add comment', 16, 'add_comment'), (14, 'Can change comment', 16, 'change_comment'),
    (15, 'Can delete comment', 16, 'delete_comment'), (16, 'Can view comment', 16, 'view_comment');
-- next
insert into "auth_group" ("id", "name") values
    (1, 'helpdesk'), (2, 'reviewers');
-- next
insert into "auth_group_permissions" ("id", "group_id", "permission_id") values
    (1, 1, 4), (2, 1, 10), (3, 1, 12), (4, 1, 15), (5, 2, 13);
-- next
insert into "auth_user" (
    "id", "password", "last_login", "is_superuser", "username", "first_name", "last_name",
    "email", "is_staff", "is_active", "date_joined"
) values
    (1, 'pbkdf2_sha256$1000000$samplesalt1$3kUfmHv9OcOPApp7nRysADgjLuwQKBAuu8iVvqwqax8=', '2024-05-01 08:00:00', 1, 'admin', '', '', 'ops@shop.example', 1, 1, '2023-01-01 09:00:00'),
    (2, 'pbkdf2_sha256$1000000$samplesalt2$tDDS63TButTwSPdUq3erDzd1we4XKXng1vKppHTrthg=', '2024-05-02 18:11:09', 0, 'mara', 'Mara', 'Holt', 'Mara.Holt@Example.com', 0,
     1, '2023-02-03 10:00:00'),
    (3, 'pbkdf2_sha256$1000000$samplesalt3$pFX+2ABBjFOSancWveqzUMgIVlNudYlFygnNkeKQJs8=', '2024-04-30 07:45:00', 0, 'jonasb', 'Jonas', 'Berg', 'jonas.berg@example.org',
     0, 1, '2023-02-10 10:00:00'),
    (4, 'pbkdf2_sha256$1000000$samplesalt4$ZVd1JG8t5U6ynxratxInzAYr4yLDWAdrTH/5dQQGD34=', '2024-05-03 20:00:00', 0, 'lena.p', 'Lena', 'Pohl', 'lena.pohl@example.net', 0,
     1, '2023-03-01 10:00:00'),
    (5, 'pbkdf2_sha256$1000000$samplesalt5$ls0NAHa3yiwtgclW0IWsVaKNwNfSniDvVu8/hxJKduI=', null, 0, 'piet.p', 'Piet', 'Pohl', 'piet.pohl@example.net', 0, 1, '2023-03-01 10:05:00'),
    (6, '!sampleunusable6', '2024-05-04 06:30:00', 0, 'amina@example.com', 'Amina', 'Diallo', 'amina@example.com', 0, 1, '2023-04-12 10:00:00'),
    (7, '!sampleunusable7', null, 0, 'guest7', '', '', '', 0, 1, '2023-05-05 10:00:00'),
    (8, '!sampleunusable8', null, 0, 'guest8', '', '', '', 0, 1, '2023-05-06 10:00:00'),
    (9, '!sampleunusable9', '2023-06-01 10:00:00', 0, 'deleted_9', 'Deleted', 'User', 'deleted@shop.example', 0, 0, '2023-01-15 10:00:00'),
    (10, 'pbkdf2_sha256$1000000$samplesalt10$qvn/SI4HZ9peodVhGOb2WhbFYzsM78H6CJvTqxgQYT0=', '2024-05-05 11:00:00', 0, 'sam.k', 'Sam', 'Kestrel', 'sam@kiterow.example',
     0, 1, '2023-07-01 10:00:00'),
    (11, 'pbkdf2_sha256$1000000$samplesalt11$yGfX2F87KcLnA5ilAtz5EADji0XgyM9mlFx7RWkCa1Q=', '2024-05-05 11:30:00', 0, 'rita.k', 'Rita', 'Kline', 'rita@kiterow.example',
     0, 1, '2023-07-01 10:30:00'),
    (12, 'pbkdf2_sha256$1000000$samplesalt12$zCzxWxsUT0PxVdnvgroLcinijgSJyNHN8DJ9yVAZ1eg=', '2024-05-06 08:15:00', 0, 'helpdesk', 'Hana', 'Ito', 'helpdesk@shop.example',
     1, 1, '2023-01-02 09:00:00');
-- next
insert into "auth_user_groups" ("id", "user_id", "group_id") values
    (1, 12, 1), (2, 2, 2), (3, 4, 2), (4, 6, 2);
-- next
insert into "auth_user_user_permissions" ("id", "user_id", "permission_id") values
    (1, 12, 11), (2, 2, 14), (3, 10, 16);
-- next
insert into "django_admin_log" (
    "id", "action_time", "object_id", "object_repr", "action_flag", "change_message",
    "content_type_id", "user_id"
) values
    (1, '2024-02-01 09:10:00', '2', 'mara', 2, '[{"changed": {"fields": ["Email address"]}}]', 4, 12),
    (2, '2024-02-01 09:12:00', '4', 'lena.p', 2, '[]', 4, 12),
    (3, '2024-02-02 10:00:00', '12', 'helpdesk', 1, '[{"added": {}}]', 4, 1),
    (4, '2024-03-05 11:00:00', '2', 'Order 2 of lena.pohl@example.net', 2, '[{"changed": {"fields": ["Status"]}}]', 14, 12),
    (5, '2024-03-06 11:00:00', '2', 'Tin Kettle', 2, '[]', 12, 1),
    (6, '2024-04-01 12:00:00', '9', 'deleted_9', 3, '', 4, 1);
-- next
insert into "django_session" ("session_key", "session_data", "expire_date") values
    ('ca978112ca1bbdcafac231b39a23dc4d',
     'eyJfYXV0aF91c2VyX2lkIjogIjIiLCAiX2F1dGhfdXNlcl9iYWNrZW5kIjogImRqYW5nby5jb250cmliLmF1dGguYmFja2VuZHMuTW9kZWxCYWNrZW5kIn0:1rSamp:ca978112ca1bbdcafac231b39a23dc4da786eff8147',
     '2024-05-16 18:11:09'),
    ('3e23e8160039594a33894f6564e1b134',
     'eyJfYXV0aF91c2VyX2lkIjogIjIiLCAiX2F1dGhfdXNlcl9iYWNrZW5kIjogImRqYW5nby5jb250cmliLmF1dGguYmFja2VuZHMuTW9kZWxCYWNrZW5kIn0:1rSamp:3e23e8160039594a33894f6564e1b1348bbd7a0088d',
     '2024-05-20 07:00:00'),
    ('2e7d2c03a9507ae265ecf5b5356885a5',
     'eyJfYXV0aF91c2VyX2lkIjogIjQiLCAiX2F1dGhfdXNlcl9iYWNrZW5kIjogImRqYW5nby5jb250cmliLmF1dGguYmFja2VuZHMuTW9kZWxCYWNrZW5kIn0:1rSamp:2e7d2c03a9507ae265ecf5b5356885a53393a2029d2',
     '2024-05-17 20:00:00'),
    ('18ac3e7343f016890c510e93f9352611', 'eyJjYXJ0IjogWzEyXX0:1rSamp:18ac3e7343f016890c510e93f935261169d9e3f5654', '2024-05-18 00:00:00'),
    ('3f79bb7b435b05321651daefd374cdc6',
     'eyJfYXV0aF91c2VyX2lkIjogIjYiLCAiX2F1dGhfdXNlcl9iYWNrZW5kIjogImRqYW5nby5jb250cmliLmF1dGguYmFja2VuZHMuTW9kZWxCYWNrZW5kIn0:1rSamp:3f79bb7b435b05321651daefd374cdc681dc06faa65',
     '2024-05-18 06:30:00');
-- next
insert into "account_emailaddress" ("id", "email", "verified", "primary", "user_id") values
    (1, 'mara.holt@example.com', 1, 1, 2), (2, 'm.holt@work.example', 0, 0, 2),
    (3, 'jonas.berg@example.org', 1, 1, 3), (4, 'amina@example.com', 0, 0, 3),
    (5, 'lena.pohl@example.net', 1, 1, 4), (6, 'piet.pohl@example.net', 0, 1, 5),
    (7, 'amina@example.com', 1, 1, 6), (8, 'sam@kiterow.example', 1, 1, 10),
    (9, 'rita@kiterow.example', 1, 1, 11), (10, 'office@kiterow.example', 0, 0, 10),
    (11, 'office@kiterow.example', 0, 0, 11);
-- next
insert into "account_emailconfirmation" ("id", "created", "sent", "key", "email_address_id") values
    (1, '2024-01-05 10:00:00', '2024-01-05 10:00:01', '6ab9f1eb8f7d3388f4f9d586f66e99fd', 2),
    (2, '2024-01-06 10:00:00', null, '015f7e6bc5aeaf483724089e9252cc13', 4),
    (3, '2024-01-07 10:00:00', '2024-01-07 10:00:01', '2f5052c9fd15b19a18c584d013635681', 6);
-- next
insert into "socialaccount_socialapp" (
    "id", "provider", "name", "client_id", "secret", "key", "provider_id", "settings"
) values
    (1, 'github', 'GitHub', 'sample-client', 'sample-secret', '', '', '{}'),
    (2, 'google', 'Google', 'sample-client-2', 'sample-secret-2', '', '', '{"scope": ["email"]}');
-- next
insert into "socialaccount_socialaccount" (
    "id", "provider", "uid", "last_login", "date_joined", "extra_data", "user_id"
) values
    (1, 'github', '20001', '2024-05-02 18:11:09', '2023-02-03 10:00:00', '{"login": "mara-h", "email": "mara.holt@example.com", "name": "Mara Holt"}', 2),
    (2, 'google', '100000000000000000006', '2024-05-04 06:30:00', '2023-04-12 10:00:00',
     '{"email": "amina@example.com", "name": "Amina Diallo", "picture": "https://pictures.example/6.png"}', 6),
    (3, 'google', '100000000000000000010', '2024-05-05 11:00:00', '2023-07-01 10:00:00', '{"email": "office@kiterow.example"}', 10);
-- next
insert into "socialaccount_socialtoken" (
    "id", "token", "token_secret", "expires_at", "account_id", "app_id"
) values
    (1, 'gho_sample000000000000000001', '', null, 1, 1),
    (2, 'ya29.sample000000000000000002', '1//sample', '2024-05-04 07:30:00', 2, 2),
    (3, 'ya29.sample000000000000000003', '', null, 3, null);
-- next
insert into "shop_product" ("id", "sku", "slug", "name", "price") values
    (1, 'TEA-001', 'tin-kettle-tea', 'Tin Kettle Tea', 4.5),
    (2, 'KET-001', 'tin-kettle', 'Tin Kettle', 39.0),
    (3, 'CUP-001', 'blue-cup', 'Blue Cup', 8.25),
    (4, 'CUP-002', 'red-cup', 'Red Cup', 8.25);
-- next
insert into "shop_address" (
    "id", "full_name", "street", "postcode", "city", "country", "phone", "is_default", "user_id"
) values
    (1, 'Mara Holt', '4 Rope Walk', 'YO99 1RW', 'York', 'GB', '+44 7700 900202', 1, 2),
    (2, 'Jonas Berg', 'Hamngatan 3', '111 47', 'Stockholm', 'SE', '', 0, 2),
    (3, 'Jonas Berg', 'Hamngatan 3', '111 47', 'Stockholm', 'SE', '08-465 004 03', 1, 3),
    (4, 'Lena Pohl', 'Birkenallee 20', '14467', 'Potsdam', 'DE', '+49 30 23125 204', 1, 4),
    (5, 'Piet Pohl', 'Birkenallee 20', '14467', 'Potsdam', 'DE', '+49 30 23125 204', 1, 5),
    (6, 'Amina Diallo', '9 rue Basse', '69002', 'Lyon', 'FR', '+33 6 39 98 02 06', 1, 6),
    (7, 'Kiterow Ltd', '1 Dock Road', 'BS99 1DR', 'Bristol', 'GB', '+44 20 7946 0210', 1, 10),
    (8, 'Kiterow Ltd', '1 Dock Road', 'BS99 1DR', 'Bristol', 'GB', '+44 20 7946 0210', 0, 11),
    (9, '', '', '', '', '', '', 0, 7);
-- next
insert into "shop_order" (
    "id", "public_id", "email", "status", "total", "ip_address", "details", "placed_at",
    "billing_address_id", "shipping_address_id", "user_id"
) values
    (1, 'af7efa1d50575292998855d23eef98d8', 'Mara.Holt@Example.com', 'sent', 43.5, '192.0.2.17', '{"gift_note": ""}', '2024-01-10 12:00:00', 1, 1, 2),
    (2, 'f20a0187fb625c8495a0b9a8b62de0e3', 'lena.pohl@example.net', 'sent', 16.5, '198.51.100.4', '{}', '2024-01-12 08:30:00', 4, 4, 4),
    (3, '81ed8450c82657fca2da2b0251016d7b', 'piet.pohl@example.net', 'paid', 8.25, '198.51.100.4', '{"gift_note": "For Lena"}', '2024-01-12 08:41:00', 5, 5, 5),
    (4, 'eb6edc1601c451e7b9caffb2ad1b34d4', 'jonas.berg@example.org', 'sent', 39.0, '2001:db8:0:4::1', '{}', '2024-01-20 10:00:00', 3, 3, 3),
    (5, '2f6b08457c0e5cfb9b96f35db76e7c8e', 'mara.holt@example.com', 'new', 8.25, '192.0.2.90', '{"phone": "+44 7700 900202"}', '2024-02-01 09:00:00', null, null, null),
    (6, 'afa4c36a3c4752ff89f46f30ca3d7f6f', 'amina@example.com', 'paid', 47.25, '203.0.113.6', '{}', '2024-02-14 14:00:00', 6, 6, 6),
    (7, '218490db26fd5420ad168b0f175d7088', 'sam@kiterow.example', 'sent', 4.5, '203.0.113.10', '{"vat_id": "GB000000000"}', '2024-02-20 15:00:00', 7, 7, 10),
    (8, 'c392d18a83d6554ab65f1c744eb29c5c', 'rita@kiterow.example', 'void', 4.5, '203.0.113.10', '{}', '2024-02-21 15:00:00', 8, 7, 11),
    (9, 'ebb5183d684a58628f5488c9a2d40784', 'walkin@example.com', 'paid', 8.25, null, '{}', '2024-03-01 16:00:00', null, null, null),
    (10, 'ba3675fe004e5f1a97796f3b7a99d905', 'mara.holt@example.com', 'paid', 13.5, '192.0.2.17', '{"gift_note": "Happy birthday, Jonas"}', '2024-03-03 17:00:00', 1, 2, 2);
-- next
insert into "shop_orderitem" ("id", "quantity", "price", "order_id", "product_id") values
    (1, 1, 4.5, 1, 1), (2, 1, 39.0, 1, 2), (3, 2, 8.25, 2, 3), (4, 1, 8.25, 3, 4), (5, 1, 39.0, 4, 2),
    (6, 1, 8.25, 5, 3), (7, 1, 8.25, 6, 4), (8, 1, 39.0, 6, 2), (9, 1, 4.5, 7, 1), (10, 1, 4.5, 8, 1),
    (11, 1, 8.25, 9, 3), (12, 3, 4.5, 10, 1);
-- next
insert into "shop_comment" (
    "id", "object_id", "author_name", "author_email", "body", "created_at", "author_id",
    "content_type_id"
) values
    (1, 2, '', '', 'Lovely kettle, thank you.', '2024-01-20 10:00:00', 2, 12),
    (2, 2, '', '', 'I agree with @mara.', '2024-01-21 10:00:00', 3, 12),
    (3, 2, 'Mara H.', 'mara.holt@example.com', 'A second thought: it is loud.', '2024-02-02 10:00:00', null, 12),
    (4, 2, '', '', 'Lena Pohl asked for a new invoice by phone, +49 30 23125 204.', '2024-01-15 09:00:00', 12, 14),
    (5, 2, '', '', 'Customer prefers e-mail.', '2024-01-16 09:00:00', 12, 4),
    (6, 4, '', '', 'Piet orders on this account too.', '2024-01-17 09:00:00', 12, 4),
    (7, 6, '', '', 'Please leave it with the neighbour.', '2024-02-14 14:05:00', 6, 14),
    (8, 3, '', '', 'Chipped on arrival.', '2024-02-15 09:00:00', 4, 12),
    (9, 1, '', '', '', '2024-02-16 09:00:00', 7, 12),
    (10, 3, 'Walk-in', 'walkin@example.com', 'Nice blue.', '2024-03-02 09:00:00', null, 12),
    (11, 4, '', '', 'Too red for me.', '2024-03-05 09:00:00', 6, 12);
