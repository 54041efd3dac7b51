create database records;
