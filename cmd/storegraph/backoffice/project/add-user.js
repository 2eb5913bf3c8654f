// Makes an account for the Admin. "medusa user" does the same, but takes the password as an argument, which others on the machine see.
const { default: addUser } = require("@medusajs/medusa/commands/user")
addUser({ directory: process.cwd(), email: process.env.ADMIN_EMAIL, password: process.env.ADMIN_PASSWORD })
