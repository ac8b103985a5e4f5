/** In an application: a migration. */
export const createTables = `
  create table bank_account (
    owner text primary key,
    balance integer not null check (balance >= 0)
  );
  create table bank_transfer (
    key text primary key, -- the client's: a transfer that is sent again is found here
    sender text not null references bank_account,
    recipient text not null references bank_account,
    amount integer not null check (amount > 0)
  )`

export const dropTables = 'drop table if exists bank_transfer, bank_account'
